/** The rows of the log in the document: day lines, the unread line, messages. */
import type { VNode } from 'preact'
import { useCallback, useMemo } from 'preact/hooks'
import { renameWords } from '../../chat/renames.ts'
import type { LocalPerson } from '../../chat/wire/local-api.ts'
import { useChat, useView } from '../app/hooks.ts'
import { retryAll } from '../app/perform.ts'
import { rowsIn, withRenames, type Row } from '../model/rows.ts'
import { dayWords, fullTime, machineTime } from '../model/times.ts'
import type { Log } from '../model/view.ts'
import { MessageRow } from './message-row.tsx'

interface LogRowsProps {
  readonly log: Log
  readonly from: number
  readonly to: number
  /** The key of the message that the user went to. */
  readonly found: string | undefined
}

export function LogRows({ log: { messages, line }, from, to, found }: LogRowsProps): VNode {
  const chat = useChat()
  const ownName = useView(({ local }) => local?.self.name ?? '')
  const people = usePeople()
  const isEnd = to === messages.length
  const rows = useMemo(
    () => withRenames(rowsIn(messages, from, to, line), people, isEnd),
    [messages, from, to, line, people, isEnd],
  )
  const retry = useCallback(() => void retryAll(chat), [chat])
  const showPerson = useCallback(
    (id: string) => {
      chat.panel({ kind: 'person', id })
    },
    [chat],
  )
  const showList = useCallback(
    (id: string) => {
      chat.panel({ kind: 'ignore-list', id })
    },
    [chat],
  )
  return (
    <>
      {rows.map((row) =>
        row.kind === 'message' ? (
          <MessageRow
            key={row.key}
            message={row.message}
            isFirst={row.isFirst}
            isFound={row.key === found}
            name={people.get(row.message.from.id)?.name ?? row.message.from.name}
            picture={people.get(row.message.from.id)?.picture}
            ownName={ownName}
            retry={retry}
            showPerson={showPerson}
            showList={showList}
          />
        ) : (
          <Line key={row.key} row={row} />
        ),
      )}
    </>
  )
}

function Line({ row }: { readonly row: Exclude<Row, { kind: 'message' }> }): VNode {
  if (row.kind === 'unread')
    return (
      <div class="line line-unread" data-key={row.key}>
        <span>New messages</span>
      </div>
    )
  if (row.kind === 'rename')
    return (
      <div class="line" data-key={row.key} title={fullTime(row.rename.at)}>
        <span>{renameWords(row.rename)}</span>
      </div>
    )
  return (
    <div class="line" data-key={row.key}>
      <time dateTime={machineTime(row.at)?.slice(0, 10)}>{dayWords(row.at, Date.now())}</time>
    </div>
  )
}

type Author = Pick<LocalPerson, 'id' | 'name' | 'picture' | 'callsItself' | 'formerNames'>

/** By id. */
function usePeople(): ReadonlyMap<string, Author> {
  const local = useView((view) => view.local)
  return useMemo(() => {
    const all: readonly Author[] =
      local === undefined
        ? []
        : [{ ...local.self, callsItself: undefined, formerNames: undefined }, ...local.people]
    return new Map(all.map((one) => [one.id, one]))
  }, [local])
}
