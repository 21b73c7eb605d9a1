import { fahrenheit } from "@station/units";

/** A measurement, in both units. */
export function reading(celsius) {
  return { celsius, fahrenheit: fahrenheit(celsius) };
}
