//! What decides on credit beside the journey and the model: what people gave by hand, and the first sale that a renewal goes by.

use std::collections::HashMap;

use crate::domain::attribution::{Rule, WHOLE};
use crate::domain::id::{ConversionId, TouchpointId};
use crate::domain::policy::{Model, RenewalFollows, RuleBook, Version};
use crate::error::Result;
use crate::store::{Due, Tx};

/// What stands beside the journey of one conversion.
#[derive(Default)]
pub(super) struct Beside {
    /// Why a person gave credit, by the touchpoint that stands for it; of the first sale too.
    words: HashMap<TouchpointId, String>,
    /// All of the conversion was given by hand.
    all_by_hand: bool,
    first_sale: Option<FirstSale>,
}

/// The sale that a renewal goes by.
struct FirstSale {
    /// What people call it.
    name: String,
    /// The model that it was credited by.
    model: Option<Model>,
}

impl Beside {
    /// What stands beside the journey of this conversion, which follows `version`.
    ///
    /// # Errors
    /// The database does not answer, or the rules of a version cannot be read.
    pub async fn of(tx: &mut Tx, book: &RuleBook, due: &Due, version: Option<&Version>) -> Result<Beside> {
        let follows = version.map(|version| version.rules().map(|rules| rules.renewal_follows)).transpose()?;
        let sale = match follows {
            Some(RenewalFollows::FirstSale) if due.event == "renewal" => {
                tx.first_sales(&[due.id.uuid()]).await?.remove(&due.id)
            }
            _ => None,
        };
        let given =
            tx.given_by_hand([due.id].into_iter().chain(sale.as_ref().map(|sale| sale.id)).map(ConversionId::uuid)).await?;
        let own = given.get(&due.id).into_iter().flatten().filter(|credit| credit.removed_at.is_none());
        let all_by_hand = own.map(|credit| credit.weight.0).sum::<u64>() >= WHOLE;
        let words = given.into_values().flatten().map(|credit| (credit.touchpoint(), credit.reason)).collect();
        let Some(sale) = sale else { return Ok(Beside { words, all_by_hand, first_sale: None }) };
        let policy = tx.conversion(sale.id).await?.and_then(|sale| sale.policy_id);
        let model = policy.map(|id| book.version(id)?.rules().map(|rules| rules.model)).transpose()?;
        let order = sale.order_id.map_or_else(|| sale.id.to_string(), |order| format!("order {order}"));
        let name = format!("the customer's first sale, {order}");
        Ok(Beside { words, all_by_hand, first_sale: Some(FirstSale { name, model }) })
    }

    /// By what credit goes, where the conversion follows a version of this model.
    pub fn rule(&self, model: Option<Model>) -> Rule<'_> {
        match &self.first_sale {
            Some(sale) => Rule { model: sale.model, first_sale: Some(&sale.name) },
            None => Rule { model, first_sale: None },
        }
    }

    /// Why a person gave credit with this touchpoint, if one did.
    pub fn words(&self, touchpoint: TouchpointId) -> Option<&str> {
        self.words.get(&touchpoint).map(String::as_str)
    }

    /// Why a touchpoint that would count under the model has no credit.
    pub fn why_not(&self) -> String {
        match &self.first_sale {
            _ if self.all_by_hand => "all of the credit was given by hand".to_owned(),
            Some(sale) => format!("this renewal goes by {}, in which it has no part", sale.name),
            None => "no part of the credit as it was last assigned".to_owned(),
        }
    }

    /// Whether what the model says of the journey decides.
    pub fn model_decides(&self) -> bool {
        !self.all_by_hand && self.first_sale.is_none()
    }
}
