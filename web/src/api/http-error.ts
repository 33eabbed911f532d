/** A refusal: the server's stable word and its sentence. Status 0: no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Seconds to wait, when the server asks for it. */
    readonly retryAfter = 0,
    readonly fields: Record<string, string> = {},
  ) {
    super(message)
  }
}
