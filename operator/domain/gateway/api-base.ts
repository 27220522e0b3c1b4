/** Before the paths of all calls. */
export const API_BASE = '/api/v1'
