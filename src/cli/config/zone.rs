//! Time zones by name, from rules that are compiled in.
//!
//! The rules are one block of bytes. As tables of pointers, which is what `chrono-tz` has, they
//! would have to be gone through at every start of the program.

use chrono::{DateTime, FixedOffset, Utc};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::keys;

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Returns Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Returns the zone of that name, such as `Europe/Berlin`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TimeZoneDatabase::bundled().get(name).ok().map(Self)
    }

    /// Returns the name that somebody probably meant.
    #[must_use]
    pub fn nearest(name: &str) -> Option<String> {
        let database = TimeZoneDatabase::bundled();
        let names: Vec<String> = database.available().map(|name| name.to_string()).collect();
        let near = keys::nearest(name, names.iter().map(String::as_str))?;
        Some(near.to_owned())
    }

    /// Returns a moment as a clock in the zone shows it.
    #[must_use]
    pub fn clock(&self, moment: DateTime<Utc>) -> DateTime<FixedOffset> {
        let seconds = Timestamp::from_second(moment.timestamp())
            .map_or(0, |moment| self.0.to_offset(moment).seconds());
        let offset = FixedOffset::east_opt(seconds);
        offset.map_or_else(
            || moment.fixed_offset(),
            |offset| moment.with_timezone(&offset),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_knows_its_summers() {
        let clock = |zone: &str, moment: &str| {
            let moment: DateTime<Utc> = moment.parse().unwrap();
            Zone::named(zone).unwrap().clock(moment).to_rfc3339()
        };
        let (winter, summer) = ("2026-01-02T03:04:05Z", "2026-07-02T03:04:05Z");
        assert_eq!(clock("Europe/Berlin", winter), "2026-01-02T04:04:05+01:00");
        assert_eq!(clock("Europe/Berlin", summer), "2026-07-02T05:04:05+02:00");
        assert_eq!(clock("UTC", summer), "2026-07-02T03:04:05+00:00");
        assert_eq!(Zone::named("Mars"), None);
        assert_eq!(Zone::nearest("Europe/Berln").unwrap(), "Europe/Berlin");
    }
}
