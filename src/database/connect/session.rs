//! Whether a server is of the kind that `target_session_attrs` asks for.
//!
//! Servers from 14 on say what is needed while a session begins; older ones are asked.

use tokio_postgres::SimpleQueryMessage;

use super::Connected;
use super::error::ConnectError;
use crate::database::conninfo::SessionAttrs;

/// Checks that a session is of the kind that was asked for; asks the server only if it must.
///
/// `named` is what the settings say, for the error: a kind that is preferred is tried as another.
pub(super) async fn check(
    mut connected: Connected,
    wanted: SessionAttrs,
    named: SessionAttrs,
) -> Result<Connected, ConnectError> {
    let fits = match wanted {
        SessionAttrs::Any => return Ok(connected),
        SessionAttrs::Primary => !is_standby(&mut connected).await?,
        SessionAttrs::Standby | SessionAttrs::PreferStandby => is_standby(&mut connected).await?,
        SessionAttrs::ReadWrite => !is_read_only(&mut connected).await?,
        SessionAttrs::ReadOnly => is_read_only(&mut connected).await?,
    };
    if fits {
        return Ok(connected);
    }
    let to = Box::new(connected.peer.endpoint);
    let wanted = named;
    Err(ConnectError::SessionAttrs { to, wanted })
}

async fn is_standby(connected: &mut Connected) -> Result<bool, ConnectError> {
    match connected.peer.in_hot_standby {
        Some(standby) => Ok(standby),
        None => Ok(ask(connected, "SELECT pg_catalog.pg_is_in_recovery()").await? == "t"),
    }
}

async fn is_read_only(connected: &mut Connected) -> Result<bool, ConnectError> {
    let default = connected.driver.parameter("default_transaction_read_only");
    match (
        default.map(|value| value == "on"),
        connected.peer.in_hot_standby,
    ) {
        (Some(read_only), Some(standby)) => Ok(read_only || standby),
        _ => Ok(ask(connected, "SHOW transaction_read_only").await? == "on"),
    }
}

/// Sends one query and returns its one value as text.
async fn ask(connected: &mut Connected, query: &str) -> Result<String, ConnectError> {
    let answer = connected
        .driver
        .run(connected.client.simple_query(query))
        .await;
    let messages = answer.map_err(|error| {
        let to = Box::new(connected.peer.endpoint.clone());
        ConnectError::from_driver(to, error)
    })?;
    let value = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    Ok(value.unwrap_or("").to_owned())
}
