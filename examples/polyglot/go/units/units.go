// Package units has the units of a weather station.
package units

// Fahrenheit gives the degrees Fahrenheit of a temperature in degrees Celsius.
func Fahrenheit(celsius float64) float64 {
	return celsius*9/5 + 32
}
