/** The description of a flag with its default. */
import type { Option } from 'commander'

/** A flag without a value has no default worth showing. */
export function optionDescription(option: Option): string {
  const usual = usualValue(option)
  return usual === undefined ? option.description : `${option.description} (default: ${usual})`
}

/** The default as text; undefined: there is none. */
export function usualValue({ defaultValue, defaultValueDescription }: Option): string | undefined {
  if (defaultValueDescription !== undefined) return defaultValueDescription
  const value: unknown = defaultValue
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
