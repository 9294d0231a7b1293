//! The stages of deals: a table that admins extend.

use crate::domain::audit::By;
use crate::domain::deal::{DealStatus, Stage};
use crate::domain::id::StageId;
use crate::error::{Code, Error, Result};
use crate::store::sql::{Row, Tx, args};

fn stage(row: Row) -> Result<Stage> {
    Ok(Stage { id: row.get("id")?, name: row.get("name")?, order: row.get("place")?, kind: row.get("kind")? })
}

impl Tx {
    /// Every stage, in their order.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn stages(&mut self) -> Result<Vec<Stage>> {
        const SQL: &str = "select id, name, place, kind from deal_stages order by place, id";
        self.all(SQL, args![]).await?.into_iter().map(stage).collect()
    }

    /// Adds a stage.
    ///
    /// # Errors
    /// [`Code::Conflict`] when the name is taken.
    pub async fn add_stage(&mut self, by: By, stage: &Stage) -> Result<()> {
        const SQL: &str = "insert into deal_stages (id, name, place, kind) values ($1, $2, $3, $4)";
        self.refuse_taken_stage(stage).await?;
        self.execute(SQL, args![stage.id, stage.name.as_str(), stage.order, stage.kind]).await?;
        self.audit(by, "deal_stage.create", stage.id, stage).await
    }

    /// Saves a changed stage. Of one that deals have been in the kind stays, as their history would change with it.
    ///
    /// # Errors
    /// [`Code::Conflict`] when the name is taken, when deals have been in it, or when it is the last of its kind.
    pub async fn save_stage(&mut self, by: By, before: &Stage, stage: &Stage) -> Result<()> {
        const SQL: &str = "update deal_stages set name = $2, place = $3, kind = $4 where id = $1";
        self.refuse_taken_stage(stage).await?;
        if before.kind != stage.kind {
            self.refuse_used_stage(before, "kind").await?;
        }
        self.execute(SQL, args![stage.id, stage.name.as_str(), stage.order, stage.kind]).await?;
        self.audit(by, "deal_stage.update", stage.id, stage).await
    }

    /// Removes a stage that no deal has ever been in.
    ///
    /// # Errors
    /// [`Code::Conflict`] when one has, or when it is the last of its kind.
    pub async fn remove_stage(&mut self, by: By, stage: &Stage) -> Result<()> {
        self.refuse_used_stage(stage, "id").await?;
        self.execute("delete from deal_stages where id = $1", args![stage.id]).await?;
        self.audit(by, "deal_stage.delete", stage.id, stage).await
    }

    async fn refuse_taken_stage(&mut self, stage: &Stage) -> Result<()> {
        let taken = |other: &Stage| other.id != stage.id && other.name.to_lowercase() == stage.name.to_lowercase();
        match self.stages().await?.iter().any(taken) {
            true => Err(Error::conflict("name", "another stage has that name")),
            false => Ok(()),
        }
    }

    async fn refuse_used_stage(&mut self, stage: &Stage, field: &str) -> Result<()> {
        const USED: &str = "select exists (select 1 from deal_history where stage_id = $1)
            or exists (select 1 from deals where stage_id = $1) as used";
        if self.one(USED, args![stage.id]).await?.get::<bool>("used")? {
            return Err(Error::conflict(field, "deals have been in this stage; make another, and move deals there"));
        }
        if self.stages().await?.iter().filter(|other| other.kind == stage.kind).count() < 2 {
            return Err(Error::conflict(field, format!("this is the only stage of kind {}; make another first", stage.kind)));
        }
        Ok(())
    }

    /// The first stage of a kind.
    ///
    /// # Errors
    /// [`Code::Internal`] when there is none: the API keeps one of each.
    pub async fn first_stage(&mut self, kind: DealStatus) -> Result<Stage> {
        let found = self.stages().await?.into_iter().find(|stage| stage.kind == kind);
        found.ok_or_else(|| Error::new(Code::Internal, format!("there is no stage of kind {kind}")))
    }

    /// One stage.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn stage(&mut self, id: StageId) -> Result<Option<Stage>> {
        const SQL: &str = "select id, name, place, kind from deal_stages where id = $1";
        self.optional(SQL, args![id]).await?.map(stage).transpose()
    }
}
