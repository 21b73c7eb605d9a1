// Package client reads a weather station.
package client

import "example.test/mono.git/go/units"

// Reading is a measurement, with its temperature in degrees Celsius.
type Reading struct {
	Celsius float64
}

// Fahrenheit gives the same temperature for readers in the United States.
func (reading Reading) Fahrenheit() float64 {
	return units.Fahrenheit(reading.Celsius)
}
