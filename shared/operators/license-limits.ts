/** What only a license that limits operators needs: hot functions load it late, from a file of its own. */
export { installationSlots } from "./installations/slots.ts";
