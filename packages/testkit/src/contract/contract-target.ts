/** A target made for one case: empty, and nobody else's. */
export interface ContractTarget {
  /** What stands under `meta:` for a pump to this target. */
  readonly meta: unknown
  /** The `contractKey` of every record the target holds, each as often as it is there; in any order, unless the factory says `ordered`. */
  read(): Promise<readonly string[]>
  /** Called after the case, whatever came of it. */
  remove?(): Promise<void>
}
