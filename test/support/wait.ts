/**
 * Waiting for real sockets and processes. A wait ends when what is waited for is there: the limit of all of them is
 * that of `expect.poll` in vitest.config.ts, long enough for a busy machine, so that only a test that fails reaches it.
 */
import { expect } from 'vitest'

/** The same limit in milliseconds, for code under test that takes one. */
export const PATIENCE = 45_000

/** Waits until `condition` holds; fails with `what` when it never does. For values, `expect.poll` says more. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  await expect.poll(condition, { message: what }).toBe(true)
}

/** One turn of the event loop: what promises lead to is done. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A promise that a test keeps by hand. */
export function promise<Value = void>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => undefined
  const promise = new Promise<Value>((keep) => (resolve = keep))
  return { promise, resolve }
}
