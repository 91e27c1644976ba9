/**
 * `Reflect.apply` as it was when this was loaded. The calls of the application that go through here must get to where they belong, whatever somebody makes of the
 * built-in objects later.
 */
export const { apply } = Reflect
