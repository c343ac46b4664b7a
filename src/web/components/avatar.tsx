/** The picture of a person, or a coloured letter. Decoration: the name always stands beside it. */
import type { VNode } from 'preact'
import { usePicture } from '../app/hooks.ts'
import { initialOf, toneOf } from '../model/avatar.ts'

interface AvatarProps {
  readonly id: string
  readonly name: string
  readonly picture: string | undefined
  readonly size?: 'small' | 'large'
}

export function Avatar({ id, name, picture, size = 'small' }: AvatarProps): VNode {
  const address = usePicture(picture)
  if (address !== undefined) return <img class={`avatar avatar-${size}`} src={address} alt="" />
  return (
    <span class={`avatar avatar-${size} tone-${toneOf(id)}`} aria-hidden="true">
      {initialOf(name)}
    </span>
  )
}
