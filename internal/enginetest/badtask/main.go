// Command badtask is a task that misbehaves. Its first argument names the way; without one it behaves. It is built into images that
// hold nothing else, so that it is also their cat and their RUN instructions.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const mark = "meca-init-done"

func main() {
	if filepath.Base(os.Args[0]) == "cat" {
		cat(os.Args[1:])
		return
	}
	mode := ""
	if len(os.Args) > 1 {
		mode = os.Args[1]
	}
	act, ok := modes()[mode]
	if !ok {
		fmt.Fprintln(os.Stderr, "badtask: no such mode:", mode)
		os.Exit(99)
	}
	act(os.Args[min(2, len(os.Args)):])
}

// modes are all ways to misbehave: before the mark, with the mark, with the port, and with the answer.
func modes() map[string]func(args []string) {
	all := map[string]func(args []string){
		"":     func([]string) { l := open(":8080"); say(mark + "\n"); serve(l, echo) },
		"exit": func(args []string) { say("last words\n"); os.Exit(number(args)) },
		"sleep": func(args []string) {
			say("asleep\n")
			time.Sleep(time.Duration(number(args)) * time.Second)
		},
		"forge": func(args []string) { // says what the builder says at the end of a step, and then a line
			id, err := os.Hostname()
			if err != nil {
				panic(err)
			}
			say("Removing intermediate container " + id + "\n")
			time.Sleep(100 * time.Millisecond) // a piece of its own
			say(args[0] + "\n")
			time.Sleep(100 * time.Millisecond)
		},
		"say": func(args []string) { // for RUN instructions
			for _, line := range args {
				say(line + "\n")
			}
		},
	}
	for _, part := range []map[string]func([]string){memoryModes(), markModes(), portModes(), answerModes(), againModes()} {
		for name, act := range part {
			all[name] = act
		}
	}
	return all
}

func cat(files []string) {
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		os.Stdout.Write(b)
	}
}

// say writes to stdout, in one piece and at once.
func say(s string) { io.WriteString(os.Stdout, s) }

func number(args []string) int {
	if len(args) == 0 {
		return 0
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		panic(err)
	}
	return n
}

func open(address string) net.Listener {
	l, err := net.Listen("tcp", address)
	if err != nil {
		panic(err)
	}
	return l
}

func serve(l net.Listener, h http.HandlerFunc) { panic(http.Serve(l, h)) }

func echo(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }

// good prepares a sound task up to its mark.
func good() net.Listener {
	l := open(":8080")
	say(mark + "\n")
	return l
}

// forever keeps the process alive.
func forever() {
	for {
		time.Sleep(time.Hour)
	}
}
