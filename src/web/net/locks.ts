/** Undefined on a page that came over plain HTTP from another machine: browsers have no `navigator.locks` there. */
export function locksHere(): LockManager | undefined {
  const { locks }: { readonly locks?: LockManager } = navigator
  return locks
}
