//! (in the making; a stand-in for the probe's branch)

use std::time::Duration;

use crate::masked::Masked;

#[derive(Clone, Debug)]
pub struct Target {
    pub name: String,
    pub url: Masked,
    pub password: Option<Masked>,
    pub origin: String,
    pub service: Option<String>,
    pub migrations: Option<()>,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

pub fn ping(target: &Target, within: Duration) -> Result<(), Error> {
    let mut config: postgres::Config =
        target.url.reveal().parse().map_err(|_| Error("bad address".to_owned()))?;
    if let Some(password) = &target.password {
        config.password(password.reveal());
    }
    let told = |error: postgres::Error| {
        Error(error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned()))
    };
    let mut client = config.connect_timeout(within).connect(postgres::NoTls).map_err(told)?;
    client.simple_query("select 1").map(drop).map_err(told)
}
