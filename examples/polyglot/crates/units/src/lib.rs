//! Units of a weather station.

/// Degrees Fahrenheit of a temperature in degrees Celsius.
pub fn fahrenheit(celsius: f64) -> f64 {
    celsius * 9.0 / 5.0 + 32.0
}

#[cfg(test)]
mod tests {
    #[test]
    fn water_freezes() {
        assert_eq!(super::fahrenheit(0.0), 32.0);
    }
}
