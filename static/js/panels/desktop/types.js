/** Name the shapes of what this panel's topics bring (panels/topics/). */

/**
 * @import { PanelContext } from "../dock.js"
 * @import { Histories } from "./histories.js"
 * @import { Port } from "./formats.js"
 */

/**
 * @typedef {object} Container
 * @property {string} id
 * @property {string} name
 * @property {string} image
 * @property {string} image_id
 * @property {string} command
 * @property {string} state
 * @property {string} status
 * @property {number} created
 * @property {Port[]} ports
 * @property {{type: string, name: string, destination: string}[]} mounts
 * @property {{name: string, address: string}[]} networks
 *
 * @typedef {object} Image
 * @property {string} id
 * @property {string[]} names
 * @property {number} created
 * @property {number} bytes
 * @property {number | null} layers
 *
 * @typedef {object} Volume
 * @property {string} name
 * @property {string} driver
 * @property {string} created
 * @property {boolean} anonymous
 *
 * @typedef {object} Network
 * @property {string} id
 * @property {string} name
 * @property {string} driver
 * @property {boolean} internal
 * @property {string} subnet
 * @property {string} gateway
 * @property {boolean} built_in
 *
 * @typedef {"start" | "stop" | "restart" | "unpause" | "remove"} Verb
 *
 * @typedef {object} Desk what the lists of this panel work with
 * @property {PanelContext} context
 * @property {Histories} histories
 * @property {() => Container[]} containers what is known of them now
 * @property {(id: string) => Verb | ""} pending what a container is about to do
 * @property {(container: Container, verb: Verb) => void} run
 * @property {(container: Container) => void} openDetails
 * @property {(request: Removal) => void} remove
 *
 * @typedef {object} Removal something to remove once it is agreed to
 * @property {string} title
 * @property {string[]} texts what hangs on it
 * @property {string} [option] what else may be removed; a box to tick
 * @property {string} failure what is said before the engine's words when it refuses
 * @property {(withOption: boolean) => Promise<any>} act
 * @property {(answer: any) => string} [success] what is said afterwards; nothing by default
 */

export {};
