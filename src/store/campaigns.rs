//! Campaigns.

use crate::domain::audit::By;
use crate::domain::id::CampaignId;
use crate::domain::partner::Campaign;
use crate::error::{Error, Result};
use crate::store::sql::{Json, Row, Slice, Tx, args};
use crate::store::trail::Entity;

macro_rules! select {
    ($tail:literal) => {
        concat!("select id, name, utm, created_at from campaigns ", $tail)
    };
}

fn campaign(row: Row) -> Result<Campaign> {
    let utm = row.get::<Json<_>>("utm")?.0;
    Ok(Campaign { id: row.get("id")?, name: row.get("name")?, utm, created_at: row.get("created_at")? })
}

fn taken(why: Error) -> Error {
    why.at_field("name", "another campaign has that name")
}

impl Tx {
    /// Adds a campaign.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the name is taken.
    pub async fn add_campaign(&mut self, by: By, campaign: &Campaign) -> Result<()> {
        const SQL: &str = "insert into campaigns (id, name, utm, created_at) values ($1, $2, $3, $4)";
        let args = args![campaign.id, campaign.name.as_str(), Json(&campaign.utm), campaign.created_at];
        self.execute(SQL, args).await.map_err(taken)?;
        self.changed(by.at, Entity::Campaign, campaign.id.uuid()).await?;
        self.audit(by, "campaign.create", campaign.id, campaign).await
    }

    /// Saves a changed campaign.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the name is taken.
    pub async fn save_campaign(&mut self, by: By, campaign: &Campaign) -> Result<()> {
        const SQL: &str = "update campaigns set name = $2, utm = $3 where id = $1";
        self.execute(SQL, args![campaign.id, campaign.name.as_str(), Json(&campaign.utm)]).await.map_err(taken)?;
        self.changed(by.at, Entity::Campaign, campaign.id.uuid()).await?;
        self.audit(by, "campaign.update", campaign.id, campaign).await
    }

    /// Removes a campaign that nothing refers to, neither links and codes nor clicks and credits of the past.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when something does.
    pub async fn remove_campaign(&mut self, by: By, campaign: &Campaign) -> Result<()> {
        const USED: &str = "select exists (select 1 from links where campaign_id = $1)
            or exists (select 1 from codes where campaign_id = $1)
            or exists (select 1 from rollups where campaign_id = $1)
            or exists (select 1 from credits where campaign_id = $1) as used";
        if self.one(USED, args![campaign.id]).await?.get::<bool>("used")? {
            let sentence = "links, codes, clicks or credits refer to this campaign; only an unused one can be removed";
            return Err(Error::conflict("id", sentence));
        }
        self.execute("delete from campaigns where id = $1", args![campaign.id]).await?;
        self.changed(by.at, Entity::Campaign, campaign.id.uuid()).await?;
        self.audit(by, "campaign.delete", campaign.id, campaign).await
    }

    /// A campaign of that name, whatever the case of its letters: databases differ in what they know of that.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn campaign_called(&mut self, name: &str) -> Result<Option<CampaignId>> {
        let wanted = name.to_lowercase();
        for row in self.all("select id, name from campaigns", args![]).await? {
            if row.get::<String>("name")?.to_lowercase() == wanted {
                return Ok(Some(row.get("id")?));
            }
        }
        Ok(None)
    }

    /// One campaign.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn campaign(&mut self, id: CampaignId) -> Result<Option<Campaign>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(campaign).transpose()
    }

    /// A part of the list of campaigns.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn campaigns(&mut self, slice: Slice) -> Result<Vec<Campaign>> {
        const SQL: &str = select!("where id < $1 order by id desc limit $2");
        self.all(SQL, args![slice.before, slice.limit]).await?.into_iter().map(campaign).collect()
    }
}
