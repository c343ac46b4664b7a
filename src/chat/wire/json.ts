/** JSON text -> a value of a known shape. Text of another shape, and text that is no JSON, gives undefined. */
import * as v from 'valibot'

export function fromJson<T>(shape: v.GenericSchema<unknown, T>, text: string): T | undefined {
  const result = v.safeParse(shape, anyJson(text), { abortEarly: true })
  return result.success ? result.output : undefined
}

/** Undefined for text that is no JSON. */
export function anyJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
