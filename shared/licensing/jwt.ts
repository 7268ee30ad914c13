/** What verifies tokens. It is loaded with the first token: operators that send the license key need none of it. */
export { errors, type JWTPayload, jwtVerify } from "jose";
