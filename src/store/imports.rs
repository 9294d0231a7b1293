//! What an import looks up, and the mappings that are kept under a name.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::audit::By;
use crate::domain::heard::name_key;
use crate::domain::id::{ConversionId, PartnerId, TouchpointId};
use crate::domain::import::SavedMapping;
use crate::domain::interpret::Reported;
use crate::error::Result;
use crate::store::dialect::PerDatabase;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Json, Row, Tx, args};

/// What a conversion was recorded with, of that which credit follows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in Conversion")]
pub struct ConversionTold {
    pub customer_id: Option<String>,
    pub code: Option<String>,
    pub click_id: Option<TouchpointId>,
    pub heard_from: Option<String>,
}

impl ConversionTold {
    /// What a report says.
    pub fn of(said: &Reported) -> Self {
        let (customer_id, code) = (said.report.customer_id.clone(), said.report.code.clone());
        ConversionTold { customer_id, code, click_id: said.report.click_id, heard_from: said.heard_from.clone() }
    }
}

impl Tx {
    /// What those of these conversions that are stored were recorded with.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn conversions_told(
        &mut self, ids: impl Iterator<Item = ConversionId>,
    ) -> Result<HashMap<ConversionId, ConversionTold>> {
        const SQL: PerDatabase = batched!(
            1,
            [id id],
            "select c.id as id, c.customer_id as customer_id, c.code as code, c.click_id as click_id, c.heard_from as heard_from
            from batch b cross join conversions c where c.id = b.id"
        );
        let told = |row: Row| {
            let (customer_id, code) = (row.get("customer_id")?, row.get("code")?);
            let (click_id, heard_from) = (row.get("click_id")?, row.get("heard_from")?);
            Ok((row.get("id")?, ConversionTold { customer_id, code, click_id, heard_from }))
        };
        let ids = Rows::of_ids(self.database(), ids.map(ConversionId::uuid));
        self.all(&SQL, args![ids]).await?.into_iter().map(told).collect()
    }

    /// The partners with this external id or, where there is none, of this name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn partners_called(&mut self, name: &str) -> Result<Vec<PartnerId>> {
        const EXACT: &str = "select id from partners where external_id = $1";
        const NAMED: &str = "select id from partners where name = $1 order by id";
        // By letters and digits alone, as nobody else may be called.
        const CALLED: &str = "select partner_id as id from partner_names where name_key = $1";
        if let Some(row) = self.optional(EXACT, args![name]).await? {
            return Ok(vec![row.get("id")?]);
        }
        let named = self.all(NAMED, args![name]).await?;
        let found = if named.is_empty() { self.all(CALLED, args![name_key(name)]).await? } else { named };
        found.iter().map(|row| row.get("id")).collect()
    }

    /// The touchpoint that was imported under this id of the other system.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn external_touchpoint(&mut self, external_id: &str) -> Result<Option<TouchpointId>> {
        const SQL: &str = "select touchpoint_id from external_touchpoints where external_id = $1";
        self.optional(SQL, args![external_id]).await?.map(|row| row.get("touchpoint_id")).transpose()
    }

    /// Keeps under which id of the other system a touchpoint was imported.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keep_external_touchpoint(&mut self, external_id: &str, touchpoint: TouchpointId) -> Result<()> {
        const SQL: &str = "insert into external_touchpoints (external_id, touchpoint_id) values ($1, $2)
            on conflict (external_id) do update set touchpoint_id = excluded.touchpoint_id
            where external_touchpoints.touchpoint_id <> excluded.touchpoint_id";
        self.execute(SQL, args![external_id, touchpoint]).await?;
        Ok(())
    }

    /// How many of these reports would be new conversions, and how many would be new repeats of one.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn foresee_reports(&mut self, reports: &[Reported]) -> Result<(u64, u64)> {
        const REPEATS: PerDatabase =
            batched!(1, [id id], "select r.id as id from batch b cross join conversion_repeats r where r.id = b.id");
        let stored = self.stored(reports).await?;
        let ids = Rows::of_ids(self.database(), reports.iter().map(|report| report.id.uuid()));
        let known_repeats = self.all(&REPEATS, args![ids]).await?;
        let known_repeats = known_repeats.iter().map(|row| row.get("id")).collect::<Result<Vec<Uuid>>>()?;
        let mut seen: HashMap<(&str, String), Uuid> = HashMap::new();
        let (mut new, mut repeats) = (0, 0);
        for (place, report) in reports.iter().enumerate() {
            let first = seen.entry((report.report.event.as_str(), report.report.unique_key()));
            let known = stored.get(&place).map(|id| id.uuid());
            match known.unwrap_or(*first.or_insert(report.id.uuid())) {
                id if id != report.id.uuid() => repeats += u64::from(!known_repeats.contains(&report.id.uuid())),
                _ if known.is_none() => new += 1,
                _ => {}
            }
        }
        Ok((new, repeats))
    }

    /// The mapping of that name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn mapping(&mut self, name: &str) -> Result<Option<SavedMapping>> {
        const SQL: &str = "select rules from import_mappings where name = $1";
        let row = self.optional(SQL, args![name]).await?;
        row.map(|row| Ok(row.get::<Json<SavedMapping>>("rules")?.0)).transpose()
    }

    /// Every mapping, by its name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn mappings(&mut self) -> Result<Vec<(String, SavedMapping)>> {
        let mapping = |row: Row| Ok((row.get("name")?, row.get::<Json<SavedMapping>>("rules")?.0));
        self.all("select name, rules from import_mappings order by name", args![]).await?.into_iter().map(mapping).collect()
    }

    /// Keeps a mapping under a name, in the place of what was there.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn save_mapping(&mut self, by: By, name: &str, mapping: &SavedMapping) -> Result<()> {
        const SQL: &str = "insert into import_mappings (name, rules, created_at) values ($1, $2, $3)
            on conflict (name) do update set rules = excluded.rules, created_at = excluded.created_at";
        self.execute(SQL, args![name, Json(mapping), by.at]).await?;
        self.audit(by, "import_mapping.save", name, mapping).await
    }

    /// Removes a mapping; false when there is none of that name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn remove_mapping(&mut self, by: By, name: &str) -> Result<bool> {
        let Some(mapping) = self.mapping(name).await? else { return Ok(false) };
        self.execute("delete from import_mappings where name = $1", args![name]).await?;
        self.audit(by, "import_mapping.remove", name, &mapping).await?;
        Ok(true)
    }
}
