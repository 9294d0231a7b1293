-- Sums of closed days by blocks of 2, 4, 8 .. 128 days, so that any period is read from few of them. They are made anew, day by day:
-- until a day is closed again, it is read hour by hour.
delete from touch_days;
delete from money_days;
delete from closed_days;
