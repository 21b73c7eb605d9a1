//! What a weather station measures.

/// A measurement, with its temperature in degrees Celsius.
pub struct Reading {
    pub celsius: f64,
}

impl Reading {
    /// The same temperature for readers in the United States.
    pub fn fahrenheit(&self) -> f64 {
        station_units::fahrenheit(self.celsius)
    }
}
