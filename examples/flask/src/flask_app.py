from flask import Flask, request
from werkzeug.serving import make_server

app = Flask(__name__)


@app.route('/', methods=['POST'])
def hello_world():
    data = request.json
    return data['input']


if __name__ == '__main__':
    server = make_server('0.0.0.0', 8080, app, threaded=True)
    # The port is open from here on, so that a host's first request is answered.
    print("meca-init-done", flush=True)
    server.serve_forever()
