/** The statements by which earlier keys of this person handed over to its key: a setting of the store, the first one first. */
import { anyJson } from '../../chat/wire/json.ts'
import { MOST_SUCCESSIONS, successionsIn } from '../../chat/wire/successions.ts'
import type { Succession } from '../../identity/succession.ts'
import type { Store } from '../../store/store.ts'

const SETTING = 'successions'

export function keptSuccessions(store: Pick<Store, 'setting'>): Succession[] {
  return successionsIn(anyJson(store.setting(SETTING) ?? '[]'))
}

export function keepSuccession(store: Pick<Store, 'setting' | 'set'>, succession: Succession): void {
  const all = [...keptSuccessions(store), succession].slice(-MOST_SUCCESSIONS)
  store.set(SETTING, JSON.stringify(all))
}
