/** What the schemas of the local API share. */
import * as v from 'valibot'

/** What a reader gets: a plain value that it does not change. */
export type Shape<Schema extends v.GenericSchema> = Unchanging<v.InferOutput<Schema>>
type Unchanging<T> = T extends readonly (infer Item)[]
  ? readonly Unchanging<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Unchanging<T[Name]> }
    : T

export const maybeText = v.optional(v.string())

/** The complaint about a member that must be there. */
export const MISSING = 'is missing'

export const text = v.string('must be text')
export const conversation = v.string(({ input }) =>
  input === undefined || input === null ? MISSING : 'must be text',
)
