/** Degrees Fahrenheit of a temperature in degrees Celsius. */
export function fahrenheit(celsius) {
  return (celsius * 9) / 5 + 32;
}
