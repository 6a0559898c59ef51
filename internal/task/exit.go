package task

// ExitMeaning says what an exit code means by convention; "" where it means nothing in particular.
func ExitMeaning(code int) string {
	switch code {
	case 0:
		return "the program came to its end; a task has to go on serving"
	case 126:
		return "the start command cannot be executed"
	case 127:
		return "the start command was not found"
	case 130:
		return "interrupted, SIGINT"
	case 132:
		return "an illegal instruction, SIGILL: the program may be built for another processor"
	case 134:
		return "aborted, SIGABRT"
	case 135:
		return "a bus error, SIGBUS"
	case 136:
		return "an arithmetic error, SIGFPE"
	case 137:
		return "killed, SIGKILL"
	case 139:
		return "a segmentation fault, SIGSEGV"
	case 143:
		return "terminated, SIGTERM"
	default:
		return ""
	}
}
