/** Until when each conversation was read: kept for all tabs, and taken over from them. */
import { localKeep } from '../net/keep.ts'
import { restoredMarks, savedMap } from '../model/saved.ts'
import { parsed } from '../model/shapes.ts'
import type { Store } from './store.ts'

const KEPT_AS = 'parley.marks'

export function keepMarks(store: Store): void {
  store.dispatch({ kind: 'marks', marks: restoredMarks(parsed(localKeep.get(KEPT_AS) ?? '')) })
  let saved = store.view.marks
  store.subscribe(() => {
    if (store.view.marks === saved) return
    saved = store.view.marks
    localKeep.set(KEPT_AS, savedMap(saved))
  })
  window.addEventListener('storage', ({ key, newValue }) => {
    if (key === KEPT_AS) store.dispatch({ kind: 'marks', marks: restoredMarks(parsed(newValue ?? '')) })
  })
}
