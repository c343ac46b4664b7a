/** What a flag does and what it is unless it is given, as one sentence. Pure. */
import type { Option } from 'commander'

/** That a flag without a value is not there by itself need not be said. */
export function optionDescription(option: Option): string {
  const usual = usualValue(option)
  return usual === undefined ? option.description : `${option.description} (default: ${usual})`
}

/** Undefined: there is none. */
export function usualValue({ defaultValue, defaultValueDescription }: Option): string | undefined {
  if (defaultValueDescription !== undefined) return defaultValueDescription
  const value: unknown = defaultValue
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
