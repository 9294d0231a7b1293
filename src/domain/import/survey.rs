//! What the cells of a file tell, taken together, of how it is written: a look at every row before the first is read.

use super::{Cells, DateOrder, DecimalMark, decimal_shown, order_shown};

/// The fields that hold dates.
const MOMENTS: [&str; 4] = ["opened_at", "closed_at", "moved_at", "occurred_at"];

/// For each way of writing the first row that shows it beyond doubt.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Survey {
    point: Option<u64>,
    comma: Option<u64>,
    month_first: Option<u64>,
    day_first: Option<u64>,
}

impl Survey {
    /// Looks at the row of that number.
    pub fn look(&mut self, row: &Cells<'_>, number: u64) {
        for cell in row.all("amount") {
            match decimal_shown(cell) {
                Some(DecimalMark::Point) => self.point.get_or_insert(number),
                Some(DecimalMark::Comma) => self.comma.get_or_insert(number),
                None => continue,
            };
        }
        for cell in MOMENTS.iter().flat_map(|field| row.all(field)) {
            match order_shown(cell) {
                Some(DateOrder::MonthFirst) => self.month_first.get_or_insert(number),
                Some(DateOrder::DayFirst) => self.day_first.get_or_insert(number),
                None => continue,
            };
        }
    }

    /// The decimal mark, and the row that shows it; none where no row does, or rows contradict each other.
    pub fn decimal(&self) -> Option<(DecimalMark, u64)> {
        match (self.point, self.comma) {
            (Some(row), None) => Some((DecimalMark::Point, row)),
            (None, Some(row)) => Some((DecimalMark::Comma, row)),
            _ => None,
        }
    }

    /// Which comes first in dates, and the row that shows it; none as above.
    pub fn dates(&self) -> Option<(DateOrder, u64)> {
        match (self.month_first, self.day_first) {
            (Some(row), None) => Some((DateOrder::MonthFirst, row)),
            (None, Some(row)) => Some((DateOrder::DayFirst, row)),
            _ => None,
        }
    }
}

impl Survey {
    /// Rows that contradict each other, in sentences: what may be either is then not decided.
    pub fn contradictions(&self) -> Vec<String> {
        let mut told = Vec::new();
        if let (Some(point), Some(comma)) = (self.point, self.comma) {
            told.push(format!("amounts are written both as 1,234.50 (row {point}) and as 1.234,50 (row {comma})"));
        }
        if let (Some(month), Some(day)) = (self.month_first, self.day_first) {
            told.push(format!("dates are written both with the month first (row {month}) and with the day first (row {day})"));
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Mapping, Plan, What};
    use super::*;

    #[test]
    fn unambiguous_cells_tell_how_the_file_is_written() {
        let plan = Plan::new(What::Deals, &["Amount", "Created Date", "Close Date", "Note"], Mapping::default()).unwrap();
        let (point, comma) = (DecimalMark::Point, DecimalMark::Comma);
        let (mdy, dmy) = (DateOrder::MonthFirst, DateOrder::DayFirst);
        let rows = |rows: &[[&'static str; 4]]| {
            let mut survey = Survey::default();
            for (number, row) in (2..).zip(rows) {
                survey.look(&Cells { plan: &plan, cells: row.to_vec() }, number);
            }
            (survey.decimal(), survey.dates())
        };
        assert_eq!(rows(&[["49.900", "03/04/2026", "", "1,5"]]), (None, None));
        assert_eq!(
            rows(&[["49.900", "03/04/2026", "", ""], ["1.5", "", "31/12/2026", ""]]),
            (Some((point, 3)), Some((dmy, 3)))
        );
        assert_eq!(rows(&[["1,5", "12/31/2026", "", ""]]), (Some((comma, 2)), Some((mdy, 2))));
        assert_eq!(rows(&[["1,5", "12/31/2026", "", ""], ["1.5", "31/12/2026", "", ""]]), (None, None), "both ways");
        let both = Survey { point: Some(2), comma: Some(3), day_first: Some(2), ..Survey::default() };
        assert_eq!(both.contradictions(), ["amounts are written both as 1,234.50 (row 2) and as 1.234,50 (row 3)"]);
    }
}
