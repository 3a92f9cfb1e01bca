/**
 * Describe what the HTTP API and the events websocket send; built by sandboxes/queries.py,
 * grading/submissions/payload.py, grading/progress/queries.py and learn/queries.py.
 *
 * @typedef {"requested" | "starting" | "ready" | "parked" | "ending"} ActiveState
 * @typedef {ActiveState | "gone" | "failed"} SandboxState
 *
 * @typedef {"kvm" | "tcg"} Accelerator what runs a machine's virtual machines
 *
 * @typedef {object} MachinePayload
 * @property {string} id
 * @property {string} name
 * @property {string} kind
 * @property {string} image
 * @property {Accelerator | null} accelerator
 * @property {string} terminal path of its websocket
 *
 * @typedef {object} SandboxPayload
 * @property {string} id
 * @property {string} lesson "course/lesson"
 * @property {SandboxState} state
 * @property {string} reason
 * @property {{place: number, estimate_seconds: number, full: boolean} | null} queue
 * @property {string} expires_at ISO 8601
 * @property {boolean} extendable
 * @property {string | null} parks_at ISO 8601, null until a minute before
 * @property {number} home_max_bytes
 * @property {Accelerator | null} accelerator
 * @property {string} notice what happened to it, while it is ready: to be read, then dismissed
 * @property {string[]} unprepared slugs of the exercises whose setup scripts failed
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
 * @property {string[]} waits_for checks that have to pass before this one is evaluated
 * @property {boolean} hidden expected and found are withheld
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
 * @property {boolean} [trial] by somebody who teaches: it counts nowhere
 * @property {boolean} automatic noticed by the auto-check
 * @property {boolean} late
 * @property {number} late_percent
 * @property {number} hint_cost
 * @property {{place: number} | null} [queue] while it waits to be graded
 * @property {CheckResult[]} results
 * @property {{reason: string} | null} [override] why an instructor has set the score
 * @property {Record<string, any>} [answers] of a quiz, by question
 * @property {Record<string, AnswerFeedback>} [feedback] by question
 *
 * @typedef {object} AnswerFeedback on one answer of a quiz; texts are HTML, except `read`
 * @property {boolean} passed
 * @property {number} earned
 * @property {string} message
 * @property {string} explanation
 * @property {string} read
 * @property {Record<string, {right: boolean, explanation: string}>} marks by option or left side
 * @property {string[]} solution empty until it may be shown
 *
 * @typedef {object} AutoCheckPayload what holds at the moment, without having been handed in
 * @property {string} exercise "course/lesson/exercise"
 * @property {CheckResult[]} results
 *
 * @typedef {{number: number, cost: number, opened: boolean, html: string}} HintPayload
 *
 * @typedef {object} ExercisePolicy
 * @property {number} attempts the most that are graded; 0: no bound
 * @property {"best" | "last"} score which attempt counts
 * @property {string | null} due ISO 8601
 * @property {"accept" | "refuse" | "reduce"} late
 * @property {number} late_percent
 * @property {"never" | "after-pass" | "after-attempts"} show_solution
 * @property {number} solution_after
 * @property {boolean} live it is auto-checked
 * @property {boolean} [trial] who looks teaches: attempts count nowhere and are not bounded
 *
 * @typedef {object} ClassPayload the numbers of all students, in the prediction's unit
 * @property {number} students
 * @property {number} least how many students it takes before others' numbers are shown
 * @property {boolean} log
 * @property {number[]} edges of the bars
 * @property {number[] | null} predicted how many between each two edges; null while too few
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
 * @property {ExercisePolicy} terms
 * @property {SubmissionPayload | null} submission the newest
 * @property {PredictionPayload[]} predictions
 *
 * @typedef {object} PanelData
 * @property {string} name
 * @property {string} title
 * @property {string} explains what is seen, in a line
 * @property {string} icon
 * @property {string} script address of its module
 * @property {string} stylesheet
 * @property {string[]} glossary_terms
 * @property {string[]} machines names of those that it can be about
 * @property {boolean} together whether it is about all of them at once
 * @property {any} data what its module of panels/kinds/ has for the page
 *
 * @typedef {[text: string, isMatch: boolean][]} Marked
 *
 * @typedef {object} LessonHit
 * @property {string} course
 * @property {Marked} title
 * @property {string} url
 * @property {{url: string, title: Marked, excerpt: Marked}[]} sections
 *
 * @typedef {object} GlossaryTerm
 * @property {string} id
 * @property {string} term
 * @property {string[]} words what texts call it, the term among them
 * @property {string} html clean HTML
 *
 * @typedef {object} LessonData
 * @property {string} lesson "course/lesson"
 * @property {{name: string, kind: string}[]} machines
 * @property {SandboxPayload | null} sandbox
 * @property {ExerciseData[]} exercises
 * @property {PanelData[]} panels
 * @property {GlossaryTerm[]} glossary
 * @property {number} idle_minutes
 * @property {{events: string, sign_in: string}} urls
 *
 * @typedef {object} MachineEvent
 *   what an engine reported (sandboxes/docker_events/parser.py); texts of a nested one are the student's
 * @property {string} kind "container-started", "image-tagged" …; "more" stands for `count` left out
 * @property {string} at ISO 8601
 * @property {boolean} nested
 * @property {string} subject
 * @property {string} image
 * @property {number | null} exit_code
 * @property {number} count
 *
 * @typedef {object} MachineEventMessage
 * @property {"machine-event"} type
 * @property {string} machine
 * @property {string} name
 * @property {string} lesson
 * @property {MachineEvent} event
 *
 * @typedef {MachineEventMessage
 *   | {type: "look", look: AutoCheckPayload}
 *   | {type: "sandbox", sandbox: SandboxPayload}
 *   | {type: "submission", submission: SubmissionPayload}} PageEvent
 */

export {};
