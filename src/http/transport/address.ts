/** Where a TCP endpoint is. `host` is a literal IPv4 or IPv6 address, never a name. */
export interface Address {
  readonly host: string
  readonly port: number
}
