package task

import (
	"time"

	"github.com/meca-lsp/meca-lsp/schema"
)

// Outcome is how a run ended.
type Outcome string

// A run ends in one of four words. Uncertain is never Passed.
const (
	Passed   Outcome = "passed"   // the hosts' comparison would pass
	Failed   Outcome = "failed"   // the task is at fault; the report says where
	Canceled Outcome = "canceled" // a person stopped it
	Error    Outcome = "error"    // neither: no engine, a lost connection, an example that cannot be read
)

// Phase names one step of a run.
type Phase string

// The phases of a run, in their order.
const (
	PhaseBuild  Phase = "build"  // the image is built from the folder
	PhaseStart  Phase = "start"  // the container is created and started
	PhaseReady  Phase = "ready"  // the mark is printed and port 8080 is open
	PhaseAnswer Phase = "answer" // the example is posted and the answer read
	PhaseRemove Phase = "remove" // container and image are removed
)

// View is how much of a task's config.json a host keeps to (docs/hosts.md#two-views-of-a-host).
type View string

// The two views of a host.
const (
	AsContract   View = "contract"    // the limits of config.json, and the whole folder is built
	AsTodaysHost View = "todays-host" // 1 CPU and 128 MB whatever config.json says, and only Dockerfile and src are built
)

// Step is one phase that a run went through, with its time.
type Step struct {
	Phase  Phase
	Took   time.Duration
	Cached bool // a build that did no work: its image was kept, or all its instructions came from the engine's cache
}

// Match says how an answer compares with example_output.bin.
type Match string

// The grades of a comparison; a host accepts the first two.
const (
	MatchExact     Match = "exact"     // byte for byte
	MatchTrimmed   Match = "trimmed"   // equal after the trimming that hosts do
	MatchJSON      Match = "json"      // the same JSON value, but not the same text
	MatchDifferent Match = "different" // none of these
)

// Report is what one run found. A part that the run did not reach is nil; a figure that was not measured is nil.
type Report struct {
	Hash    string // of the folder that was run, see Folder.Hash
	As      View
	Outcome Outcome
	Message string // one sentence for a person: the verdict and its cause
	Limits  schema.Limits
	Steps   []Step
	Engine  *EngineInfo

	Lacks        []Lack // what the engine cannot give; where there is one, the task was not run
	BuildFailure *BuildFailure
	Exit         *Exit // the container ended by itself, before the verdict
	Ready        *Ready
	Listen       *Listen
	Answer       *Answer
	Asked        int       // how many times the example was posted, and a whole answer came or should have
	Unstable     *Unstable // the example was asked again, and not answered as before
	Kept         *Kept     // the container was left running, as the options asked for

	OutOfMemory bool           // the kernel killed a process at the container's limit, as the engine says (its flag or its event)
	PeakMemory  *int64         // bytes, as the kernel or the engine measured it
	PeakAtLeast bool           // PeakMemory is only the most that was seen by looking now and then: the true peak is no less
	CPUTime     *time.Duration // of all processors together, as the engine measured it
	StartedIn   *time.Duration // from start to the mark
	LastOutput  []string       // the last lines that the build or the container printed, made plain
}

// EngineInfo is the engine that a run used.
type EngineInfo struct {
	Name    string // "Docker Engine", "Podman Engine"
	Version string
	API     string
}

// Lack is something that config.json asks for and the run's engine cannot give.
type Lack struct {
	Key string // of resource: "cpu", "mem" or "use_gpu"
	Has int64  // the CPUs that the engine has, where there are too few; else 0: it cannot limit, or give, them at all
}

// BuildFailure is a build that stopped.
type BuildFailure struct {
	Line    int      // one-based line of the Dockerfile's failing instruction; 0 where it is not known
	Message string   // the builder's own words, made plain
	Output  []string // the last lines of the failing instruction's output
}

// Exit is a container that ended by itself.
type Exit struct {
	Code   int
	During Phase // PhaseStart (the command could not be started), PhaseReady or PhaseAnswer
	Error  string
	// PerhapsMemory says that it was killed, and that the engine does not tell why: the memory limit is the likely cause.
	PerhapsMemory bool
}

// Ready tells of the mark. It is there as soon as the container was started.
type Ready struct {
	Seen       bool // on stdout, as the engine's log gives it
	OnStderr   bool // it stood on stderr, which no host reads
	NoNewline  bool // it was written without a newline after it, so that no log line came
	AtStop     bool // it came only when the process was stopped: it had sat in a buffer
	TimedOut   bool // the deadline passed without it
	WaitedTime time.Duration
}

// Listen tells of port 8080. It is there as soon as the mark was seen.
type Listen struct {
	Open       bool
	MarkToOpen *time.Duration // from mark to open port; nil where it was not measured
	Others     []string       // what the app does listen on, such as "127.0.0.1:5000", where that can be read
	WaitedTime time.Duration
}

// Answer is what the task answered to its example.
type Answer struct {
	Status    int   // 0 where no response came
	Bytes     int64 // of the body, as far as it was read
	Body      []byte
	Truncated bool // more came than was read, or than is kept in Body
	Match     Match
	Expected  []byte // example_output.bin, as far as it is kept
	// DiffAt is the byte of example_output.bin at which the answer first differs; -1 where it does not.
	DiffAt int
	// Failure says why there is no whole answer: the deadline, a closed connection, a response that is not HTTP. "" where there is one.
	Failure  string
	TimedOut bool
	Took     time.Duration
}

// Unstable tells of the same request, asked again of the same container: a host asks many times, and two at once.
type Unstable struct {
	AtOnce  bool   // it was one of two that were asked at the same time; else it was the second of two, one after the other
	Failure string // why there is no whole answer; "" where there is one, which is another
	Body    []byte // of the other answer, as far as it is kept
	DiffAt  int    // the byte of the first answer at which the other differs; -1 where there is none
}

// Kept is a container that is left running for a person to try.
type Kept struct {
	ID  string
	URL string // where it listens: "http://127.0.0.1:49153/"
}

// Event is something that a run tells while it goes on.
type Event struct {
	Phase Phase // the phase that begins, or in which the line came
	// Stream is "" for the begin of a phase, else where Line came from: "build", "stdout", "stderr", or "engine" for what the run has to
	// say of the engine: a limit that it cannot enforce, a build that begins anew, a removal that failed. "verdict" has no line.
	Stream string
	Line   string // without its line end, made plain and cut to MaxLine bytes
	// Verdict is the report as it stands before the removal begins, and nil in all other events. The run's own report adds what shows
	// only then: that something could not be removed, or that the container had ended by itself meanwhile.
	Verdict *Report
}

// MaxLine is how much of one line of output is shown, in bytes.
const MaxLine = 4 << 10

// Builder is what makes the image.
type Builder string

// The builders of a Docker engine. Hosts use the classic one.
const (
	BuilderClassic  Builder = "classic"
	BuilderBuildKit Builder = "buildkit"
)

// RunOptions are the deadlines of a run, and how far it goes.
type RunOptions struct {
	BuildTimeout  time.Duration
	ReadyTimeout  time.Duration // from the start of the container to the mark
	AnswerTimeout time.Duration // for the whole answer
	BuildOnly     bool          // stop after the build
	Engine        string        // its address, as in DOCKER_HOST; "" is the one that is found
	As            View          // "" is AsContract
	Once          bool          // ask the example once: the task must not be asked twice
	// Reuse keeps the image of a build in the engine, so that the folder is not built again while it is unchanged, and changed only as
	// far as the engine's cache does not have it. Without it, all that the build makes is removed.
	Reuse   bool
	Keep    bool    // leave the container running; the folder's next run removes it
	Builder Builder // "" is BuilderClassic
	// AllowUnlimited runs a task also where the engine cannot enforce its limits; the verdict is then no host's.
	AllowUnlimited bool
}

// DefaultRunOptions are the deadlines that a person gets who asks for none.
func DefaultRunOptions() RunOptions {
	return RunOptions{BuildTimeout: 30 * time.Minute, ReadyTimeout: time.Minute, AnswerTimeout: time.Minute, Reuse: true}
}
