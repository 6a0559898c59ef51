package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

func memoryModes() map[string]func([]string) {
	return map[string]func([]string){
		"oom": func([]string) { hog() },
		"oom-child": func([]string) { // a child is killed, the task goes on
			child("oom")
			serve(good(), echo)
		},
		"oom-child-exit": func([]string) { child("oom"); os.Exit(0) },
		"oom-at-request": func([]string) {
			serve(good(), hogHandler)
		},
		"kill-itself": func([]string) { // the first process ignores a signal of its own, so that a child shows the way
			say("about to be killed\n")
			os.Exit(137)
		},
		"ignore-term": func([]string) {
			signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
			forever()
		},
		"peak": func([]string) {
			touch(make([]byte, 30<<20))
			serve(good(), echo)
		},
		"fork-bomb": func([]string) {
			for {
				if err := exec.Command("/proc/self/exe", "sleep", "30").Start(); err != nil {
					fmt.Println("fork:", err)
					time.Sleep(100 * time.Millisecond)
				}
			}
		},
	}
}

// child runs the program again, in another mode, to its end.
func child(mode string) {
	c := exec.Command("/proc/self/exe", mode)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	fmt.Println("child:", c.Run())
}

// hog takes memory until there is none.
func hog() {
	var all [][]byte
	for {
		b := make([]byte, 4<<20)
		touch(b)
		all = append(all, b)
	}
}

func touch(b []byte) {
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
}
