package main
import ("context";"fmt";"os";"os/signal";"time";"encoding/json"
"github.com/meca-lsp/meca-lsp/runner";"github.com/meca-lsp/meca-lsp/internal/task")
func main(){
 ctx,stop:=signal.NotifyContext(context.Background(),os.Interrupt); defer stop()
 e,err:=runner.Connect(ctx); if err!=nil{fmt.Println(err);os.Exit(3)}
 defer e.Close()
 for _,d:=range os.Args[1:]{
 dir,err:=task.OpenDir(d); if err!=nil{panic(err)}
 t0:=time.Now()
 o:=task.DefaultRunOptions(); o.ReadyTimeout=5*time.Second; o.AnswerTimeout=5*time.Second
 r:=runner.Run(ctx,e,dir,task.Load(dir),o,func(e task.Event){fmt.Printf("%6d %s|%s|%s\n",time.Since(t0).Milliseconds(),e.Phase,e.Stream,e.Line)})
 if r.Answer!=nil && len(r.Answer.Body)>500 {r.Answer.Body=nil}
 b,_:=json.MarshalIndent(r,""," "); fmt.Println(string(b)); fmt.Println(r.Message)
 }
}
