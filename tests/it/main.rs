mod api_table;
