/** `navigator.locks` is not there on a page that came over plain HTTP from another machine. */
export function locksHere(): LockManager | undefined {
  const { locks }: { readonly locks?: LockManager } = navigator
  return locks
}
