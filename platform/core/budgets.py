"""Bound what crosses a border: from machines, clients, authors and strangers.

Each figure is one that something honest never reaches, with the reason beside it. Who may use up
what, and what that buys a person who means harm, stands in docs/security.md, where a test looks for
every figure of this table. What an operator sets (sandboxes a user, calls a minute, quotas) is in
docs/settings.md.
"""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class Rate:
    """Allow `burst` at once, and `per_second` for ever.

    Whoever is over it waits, and loses nothing.
    """

    per_second: int
    burst: int


@dataclass(frozen=True)
class MachineBudget:
    """Bound what a machine's terminals may send to the web process.

    A student is root there and may run a program of their own in the PTY server's place. Rates hold
    for all terminals of one owner together.
    """

    # The PTY server's own limit (runtime/ptyd/ptyd.h); one more byte is not its protocol.
    frame_bytes: int = 64 * KIB
    # Frames handled before everybody else gets a turn.
    frames_a_turn: int = 64
    # To read and count a frame takes 1 µs, so this is 1 % of a processor. A PTY server that has to
    # wait sends fewer and larger frames; 70 MB/s of output take 1,100.
    frames: Rate = Rate(per_second=10_000, burst=2_000)
    # Sizes, exits and pongs: each may be a message to a page. A connection may begin with 128
    # remembered ones; after that, people make a handful a second.
    control_frames: Rate = Rate(per_second=100, burst=300)
    # Well above the 79 MB/s that a program was measured to print through a terminal.
    output_bytes: Rate = Rate(per_second=128 * MIB, burst=16 * MIB)
    # Read from the machine and not handled yet. More stays in the kernel, and its sender waits.
    waiting_bytes: int = 64 * KIB
    # Sent to a viewer and not acknowledged: the wire's credit window, and what a web process holds
    # for a viewer that reads nothing.
    unacknowledged_bytes: int = 256 * KIB
    # Columns or rows. No screen has more, and a page lays out every cell.
    side: int = 1_000
    # Bytes that bring a viewer's terminal into a program's state; the PTY server's take 700.
    modes_bytes: int = 1_024
    # Characters of an unfinished control sequence that are held back; longer is no question.
    sequence_chars: int = 4_096


@dataclass(frozen=True)
class ClientBudget:
    """Bound what somebody who is signed in may send over websockets and in requests.

    Rates hold for all websockets of one user in a web process together, sockets over all processes.
    """

    # Pages send input in pieces of 32 KiB, django-xterm's client a whole paste at once.
    terminal_message_bytes: int = MIB
    # A resume with every field takes 120 characters.
    control_message_chars: int = KIB
    # The event websocket reads nothing; a ping of a client's library is no message.
    event_message_bytes: int = KIB
    # A page acknowledges every 16 KiB, a simple client every message of a program's output. Each
    # takes 3 µs to parse, and what the application does with it.
    frames: Rate = Rate(per_second=2_000, burst=1_000)
    # Bytes taken from one websocket before all others get a turn: 170 of the smallest frames.
    bytes_a_turn: int = KIB
    # A message in so many pieces is no client's; each piece is kept until the last has come.
    fragments_a_message: int = 64
    # Two windows of a lesson, each with six terminals connected (static/js/workspace/terminals lets
    # go of what is not shown beyond that), or an instructor's board of watched terminals.
    terminal_sockets: int = 12
    # Of what is searched for; more is cut off. Each word is one more condition of the query.
    search_chars: int = 100
    # Words of it.
    search_terms: int = 8
    # Shown of what a search has found; more words find fewer.
    search_lessons: int = 20
    # Of one lesson.
    search_sections: int = 4
    # Every open page of the product has one.
    event_sockets: int = 24
    # A lesson's page has one when a panel is open.
    panel_sockets: int = 8
    # Of one page: six panels with four topics each, of three machines.
    watched_topics: int = 72
    # Of all panels of one user: opening one asks for a handful, a file of the largest size comes in
    # 49 pieces.
    panel_messages: Rate = Rate(per_second=20, burst=80)
    # A piece of a file on its way into a machine, as base64 in JSON.
    panel_message_bytes: int = 256 * KIB
    # Opening a websocket takes a few queries. A page that was restored opens ten at once.
    handshakes: Rate = Rate(per_second=5, burst=40)


@dataclass(frozen=True)
class AuthorBudget:
    """Bound what those who write lessons may send: they are trusted with more, not with all."""

    # A picture as a camera makes it, before it is fitted to a lesson.
    upload_bytes: int = 12_000_000
    # Of such a picture; each takes up to 16 bytes while it is made smaller.
    upload_pixels: int = 24_000_000
    # What making a picture smaller may take, in a process of its own, one at a time.
    picture_memory_bytes: int = 1024 * MIB
    # As long waits for its turn; a picture of 24 megapixels takes five seconds.
    picture_seconds: int = 30
    # Elements within each other in an SVG file; drawing programs nest a dozen groups.
    svg_depth: int = 64
    # An exercise's form has some sixty fields for each check, of every kind (curriculum/admin).
    form_fields: int = 10_000
    # A form of the admin, with all that it uploads: three such pictures beside a lesson's text.
    request_bytes: int = 40_000_000


@dataclass(frozen=True)
class StrangerBudget:
    """Bound what anybody may do who reaches the port, signed in or not."""

    # The head of a request; the largest of ours, with cookies and a long address, takes 3 KiB.
    header_bytes: int = 32 * KIB
    # A connection's first request line to the end of its head, and between two requests.
    header_seconds: float = 10.0
    # uvicorn's own default: browsers open a connection again at no cost that a person notices.
    idle_seconds: float = 5.0
    # Connections that wait for their peer: not yet a whole request, or between two. The oldest is
    # closed when one more comes, so that whoever sends a request at once is served.
    waiting_connections: int = 512
    # Requests that are begun before everybody else gets a turn.
    requests_a_turn: int = 4
    # Requests that Django works on together. Each has a thread, and threads share a processor: more
    # of them finish no sooner, and keep terminals waiting.
    requests_at_once: int = 8
    # Of these, for one client, so that two clients never keep the others out.
    requests_a_client: int = 3
    # A form: the longest answer to a question is 200 characters, a quiz has a few dozen.
    form_bytes: int = 64 * KIB
    # A body of which nothing comes for so long is not coming.
    body_pause_seconds: float = 10.0
    # A phone on a bad line sends 12 MB of pictures in that time.
    body_seconds: float = 60.0
    # An answer of which a client takes nothing for so long: a phone takes the 64 KiB in 3 s.
    write_seconds: float = 30.0
    # The same for a websocket; a terminal says *too slow* after 75 s.
    websocket_write_seconds: float = 90.0


@dataclass(frozen=True)
class PanelBudget:
    """Bound what panels may cost the process that observes machines, whatever machines say."""

    # Engines are asked by so many threads; one that does not answer holds a thread for 5 s.
    observer_threads: int = 16
    # Of these, for the topics of one machine: each is sampled in a few milliseconds, so that one
    # that hangs takes no more from all others.
    samples_at_once: int = 2
    # Topics of all machines together: 200 students with three panels of three topics each.
    watched_topics: int = 2_000
    # Of one sandbox; a page that lists folders asks for several at once.
    actions_at_once: int = 4
    # Characters of what a topic has to say, as JSON: a list of 500 containers takes 200,000.
    sample_chars: int = 512 * KIB
    # Of a file on its way into a machine or out of it: as base64, with a path, it fits a message.
    file_piece_bytes: int = 168 * KIB
    # Of a file that is brought in or fetched: a project's archive, a picture, a small program. More
    # is for `docker pull` and the registry.
    file_bytes: int = 8 * MIB
    # Of a text in the editor; nobody writes a larger one by hand.
    file_text_bytes: int = MIB
    # Entries of one folder in an answer; more are counted, and asked for when they are wanted.
    folder_entries: int = 500
    # Folders that one request lists: those that are open in a tree.
    folders_at_once: int = 8


@dataclass(frozen=True)
class PortBudget:
    """Bound what the ports of machines may cost: a student's program, and who looks at it.

    Figures for one student hold in each web process.
    """

    # From the click to the port's own page.
    ticket_seconds: int = 30
    # A day of work; who stays longer opens the port again.
    pass_seconds: int = 12 * 60 * 60
    # The same where the pass stands in the address, and so in the machine's own page.
    path_pass_seconds: int = 60 * 60
    # Connections to all machines of one student; a browser makes six at once to an origin. The PTY
    # server has 24.
    connections: int = 16
    # Requests of one student that wait for one of these.
    waiting: int = 64
    # So long do they wait: a page of six pictures is through in one.
    wait_seconds: float = 10.0
    # A program's answer to the end of a websocket.
    close_seconds: float = 2.0
    # Connections that are being made to one machine; its PTY server greets 16 viewers at once.
    opening: int = 4
    # Of an answer's head. Servers send 1 KiB.
    header_bytes: int = 64 * KIB
    # Interim answers before the answer.
    interim_answers: int = 8
    # A program that is asked for something large may think for a while.
    answer_seconds: float = 60.0
    # A stream of events that says nothing for so long is opened again by its page.
    pause_seconds: float = 300.0
    # Of one request: an image for the student's own registry, a backup.
    body_bytes: int = 256 * MIB
    # Both ways, of all connections of one student: reading is 5 % of a processor then.
    bytes: Rate = Rate(per_second=16 * MIB, burst=8 * MIB)
    # Chunks that an answer comes in, and frames of websockets; each takes 15 µs.
    chunks: Rate = Rate(per_second=4_000, burst=2_000)
    # Parsed before everybody else gets a turn.
    bytes_a_turn: int = 4 * KIB
    # Open websockets of one student, over all web processes.
    sockets: int = 12
    # A message from a machine's websocket.
    message_bytes: int = MIB
    # What was decided about a pass holds so long, so that a page of fifty pictures asks once.
    decision_seconds: float = 2.0
    # From then on a request is watched as a websocket is: it ends when its user may not go on.
    long_seconds: float = 10.0


MACHINE = MachineBudget()
CLIENT = ClientBudget()
AUTHOR = AuthorBudget()
STRANGER = StrangerBudget()
PANELS = PanelBudget()
PORTS = PortBudget()
