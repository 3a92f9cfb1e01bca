/** What the HTTP API and the events websocket send; built by sandboxes/queries.py, grading/submissions/service.py, grading/progress/queries.py.
 *
 * @typedef {"requested" | "starting" | "ready" | "parked" | "ending" | "gone" | "failed"} SandboxState
 * @typedef {{id: string, name: string, kind: string, image: string, accelerator: Accelerator | null, terminal: string}} MachinePayload
 * @typedef {"kvm" | "tcg"} Accelerator what runs a machine's virtual machines
 * @typedef {object} SandboxPayload
 * @property {string} id
 * @property {string} lesson "course/lesson"
 * @property {SandboxState} state
 * @property {string} reason
 * @property {{place: number, estimate_seconds: number, full: boolean} | null} queue
 * @property {string} expires_at ISO 8601
 * @property {boolean} extendable
 * @property {number} home_max_bytes
 * @property {Accelerator | null} accelerator
 * @property {string[]} unprepared slugs of the exercises that its machines could not be prepared for
 * @property {MachinePayload[]} machines
 *
 * @typedef {object} CheckResult
 * @property {string} check
 * @property {boolean} passed
 * @property {number} points
 * @property {number} earned
 * @property {string} expected
 * @property {string} found
 * @property {string} message
 * @property {string} read
 * @property {string[]} waits_for checks that have to pass before it is looked at
 * @property {boolean} hidden expected and found are not told
 *
 * @typedef {object} SubmissionPayload
 * @property {string} id
 * @property {string} exercise "course/lesson/exercise"
 * @property {number} number
 * @property {"queued" | "collecting" | "graded" | "not_graded"} state
 * @property {string} reason
 * @property {number} score
 * @property {number} points
 * @property {boolean} passed
 * @property {boolean} automatic noticed without Check
 * @property {boolean} late
 * @property {number} late_percent
 * @property {number} hint_cost
 * @property {CheckResult[]} results
 * @property {Record<string, any>} [answers] of a quiz, by question
 * @property {Record<string, Told>} [feedback] by question
 *
 * @typedef {object} Told what is told of one answer; texts are HTML, but for `read`
 * @property {boolean} passed
 * @property {number} earned
 * @property {string} message
 * @property {string} explanation
 * @property {string} read
 * @property {Record<string, {right: boolean, explanation: string}>} marks by option or left side
 * @property {string[]} solution empty until it may be seen
 *
 * @typedef {object} LookPayload what holds just now, without having been handed in
 * @property {string} exercise "course/lesson/exercise"
 * @property {CheckResult[]} results
 *
 * @typedef {{number: number, cost: number, opened: boolean, html: string}} HintView
 *
 * @typedef {object} Terms
 * @property {number} attempts the most that are graded; 0: no bound
 * @property {"best" | "last"} score which one counts
 * @property {string | null} due ISO 8601
 * @property {"accept" | "refuse" | "reduce"} late
 * @property {number} late_percent
 * @property {"never" | "after-pass" | "after-attempts"} show_solution
 * @property {number} solution_after
 * @property {boolean} live it is looked at without Check
 *
 * @typedef {object} ClassPayload how the numbers of all students are spread, in the prediction's unit
 * @property {number} students
 * @property {number} least so many it takes before others' numbers are shown
 * @property {boolean} log
 * @property {number[]} edges of the bars
 * @property {number[] | null} predicted how many between each two edges; null while they are too few
 * @property {number[] | null} measured
 *
 * @typedef {object} PredictionPayload numbers are in `unit`, null while there are none
 * @property {string} id
 * @property {string} label
 * @property {string} unit
 * @property {number | null} value
 * @property {number | null} measured
 * @property {number | null} reference what the platform measured
 * @property {ClassPayload | null} [class]
 *
 * @typedef {object} ExerciseData
 * @property {string} slug
 * @property {number} points
 * @property {number} best
 * @property {number} attempts
 * @property {boolean} passed
 * @property {string} machine
 * @property {Terms} terms
 * @property {SubmissionPayload | null} submission the newest
 * @property {PredictionPayload[]} predictions
 *
 * @typedef {object} LessonData
 * @property {string} lesson "course/lesson"
 * @property {{name: string, kind: string}[]} machines
 * @property {SandboxPayload | null} sandbox
 * @property {ExerciseData[]} exercises
 * @property {number} idle_minutes
 * @property {{events: string, sign_in: string}} urls
 *
 * @typedef {object} MachineEvent what an engine said (sandboxes/docker_events/parser.py); texts of a nested one are the student's
 * @property {string} kind "container-started", "image-tagged" …; "more" stands for `count` that were left out
 * @property {string} at ISO 8601
 * @property {boolean} nested
 * @property {string} subject
 * @property {string} image
 * @property {number | null} exit_code
 * @property {number} count
 *
 * @typedef {{type: "machine-event", machine: string, name: string, lesson: string, event: MachineEvent}} MachineEventMessage
 * @typedef {MachineEventMessage | {type: "look", look: LookPayload} | {type: "sandbox", sandbox: SandboxPayload} | {type: "submission", submission: SubmissionPayload}} PageEvent
 */

export {};
