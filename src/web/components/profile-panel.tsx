/** What one shows of oneself: name, status, picture. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { LocalSelf } from '../../chat/local.ts'
import { useChat, useView } from '../app/hooks.ts'
import { smallPicture } from '../app/picture-file.ts'
import { Avatar } from './avatar.tsx'
import { Dialog } from './dialog.tsx'

export function ProfilePanel(): VNode {
  const self = useView(({ local }) => local?.self)
  return <Dialog title="Your profile">{self !== undefined && <ProfileForm self={self} />}</Dialog>
}

function ProfileForm({ self }: { readonly self: LocalSelf }): VNode {
  const chat = useChat()
  const [name, setName] = useState(self.name)
  const [status, setStatus] = useState(self.status)
  const save = async (): Promise<void> => {
    const isDone = await chat.attempt(async () => {
      await chat.api.setProfile({ name, status })
    })
    if (isDone) chat.closePanel()
  }
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <PictureField self={self} />
      <label class="label">
        Name
        <input
          class="field"
          type="text"
          dir="auto"
          required
          autoComplete="nickname"
          value={name}
          onInput={({ currentTarget }) => {
            setName(currentTarget.value)
          }}
        />
      </label>
      <label class="label">
        Status
        <input
          class="field"
          type="text"
          dir="auto"
          placeholder="in the lab"
          autoComplete="off"
          value={status}
          onInput={({ currentTarget }) => {
            setStatus(currentTarget.value)
          }}
        />
      </label>
      <p class="note">Your address: {self.id}</p>
      <button type="submit" class="button">
        Save
      </button>
    </form>
  )
}

function PictureField({ self }: { readonly self: LocalSelf }): VNode {
  const chat = useChat()
  const [words, setWords] = useState('PNG, JPEG, GIF or WebP; it is made small here, before it is sent.')
  const choose = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return
    setWords('Making it small…')
    const isDone = await chat.attempt(async () => {
      await chat.api.setProfile({ picture: await smallPicture(file) })
    })
    setWords(isDone ? 'Your picture is changed.' : 'Your picture is as it was.')
  }
  const remove = async (): Promise<void> => {
    const isDone = await chat.attempt(async () => {
      await chat.api.setProfile({ picture: '' })
    })
    setWords(isDone ? 'Your picture is removed.' : 'Your picture is as it was.')
  }
  return (
    <div class="picture-field">
      <Avatar id={self.id} name={self.name} picture={self.picture} size="large" />
      <label class="label">
        Picture
        <input
          type="file"
          accept="image/png,image/jpeg,image/gif,image/webp"
          onChange={({ currentTarget }) => void choose(currentTarget.files?.[0])}
        />
        <span class="note" role="status">
          {words}
        </span>
      </label>
      {self.picture !== undefined && (
        <button type="button" class="button button-quiet" onClick={() => void remove()}>
          Remove picture
        </button>
      )}
    </div>
  )
}
