-- Neovim at work on a task folder: the test of the real editor runs this after the set-up of docs/editors.md. It takes the folder from
-- MECA_FOLDER and writes what it saw to MECA_REPORT, as JSON. Nothing here waits for a fixed time: only until something is so.
local folder, report = vim.env.MECA_FOLDER, { messages = {}, log = {} }

local function finish(code)
  vim.fn.writefile({ vim.fn.json_encode(report) }, vim.env.MECA_REPORT)
  vim.cmd(code == 0 and 'qall!' or 'cquit!')
end

local function must(condition, what)
  if not condition then
    report.failed = what
    finish(1)
  end
  return condition
end

local function await(what, condition)
  must(vim.wait(40000, condition, 10), 'waited in vain for ' .. what)
end

vim.lsp.handlers['window/showMessage'] = function(_, result) table.insert(report.messages, result.message) end
vim.lsp.handlers['window/logMessage'] = function(_, result) table.insert(report.log, result.message) end

local function open(name)
  vim.cmd('edit ' .. vim.fn.fnameescape(folder .. '/' .. name))
  return vim.api.nvim_get_current_buf()
end

local function codes(buffer)
  local list = {}
  for _, d in ipairs(vim.diagnostic.get(buffer)) do
    table.insert(list, d.code or d.user_data.lsp.code)
  end
  table.sort(list)
  return list
end

local function ask(buffer, method, params)
  params.textDocument = { uri = vim.uri_from_bufnr(buffer) }
  local answers, failure = vim.lsp.buf_request_sync(buffer, method, params, 20000)
  local _, answer = next(answers or {})
  must(answer and not answer.err and not answer.error, method .. ': ' .. vim.inspect(failure or answer))
  return answer.result
end

local function main()
  local version = vim.version()
  report.version = version.major .. '.' .. version.minor .. '.' .. version.patch
  local config = open('config.json')
  vim.bo[config].expandtab, vim.bo[config].shiftwidth, vim.bo[config].tabstop = true, 2, 2
  await('diagnostics', function() return #codes(config) == 2 end)
  report.opened = codes(config)

  -- The person mends one fault by hand.
  local text = vim.api.nvim_buf_get_lines(config, 0, 1, false)[1]
  local minus = text:find('-64', 1, true)
  vim.api.nvim_buf_set_text(config, 0, minus - 1, 0, minus, { '' })
  await('a finding to go', function() return #codes(config) == 1 end)
  report.edited = codes(config)

  -- A quick fix mends the other.
  local client = vim.lsp.get_client_by_id(next(vim.lsp.buf_get_clients and vim.lsp.buf_get_clients(config) or { vim.lsp.get_clients({ bufnr = config })[1].id }))
  local wrong = vim.diagnostic.get(config)[1]
  local actions = ask(config, 'textDocument/codeAction', {
    range = { start = { line = wrong.lnum, character = wrong.col }, ['end'] = { line = wrong.end_lnum, character = wrong.end_col } },
    context = { diagnostics = { wrong.user_data.lsp.range and wrong.user_data.lsp or nil }, only = { 'quickfix' } },
  })
  must(actions[1] and actions[1].edit, 'no quick fix: ' .. vim.inspect(actions))
  report.action = actions[1].title
  vim.lsp.util.apply_workspace_edit(actions[1].edit, client.offset_encoding)
  await('no finding', function() return #codes(config) == 0 end)

  if vim.lsp.buf.format then
    vim.lsp.buf.format({ async = false, timeout_ms = 20000 })
  else
    vim.lsp.buf.formatting_sync(nil, 20000)
  end
  report.text = table.concat(vim.api.nvim_buf_get_lines(config, 0, -1, false), '\n')

  report.hover = ask(config, 'textDocument/hover', { position = { line = 2, character = 6 } }).contents.value
  report.symbols = vim.tbl_map(function(s) return s.name end, ask(config, 'textDocument/documentSymbol', {}))
  vim.lsp.codelens.refresh()
  await('code lenses', function() return #vim.lsp.codelens.get(config) > 0 end)
  report.lens = vim.lsp.codelens.get(config)[1].command.title

  local dockerfile = open('Dockerfile')
  await('the server to have the Dockerfile', function() return next(vim.lsp.get_active_clients and vim.lsp.buf_get_clients(dockerfile) or vim.lsp.get_clients({ bufnr = dockerfile })) ~= nil end)
  local places = ask(dockerfile, 'textDocument/definition', { position = { line = tonumber(vim.env.MECA_COPY), character = 8 } })
  local place = places[1] or places
  report.definition = vim.uri_to_fname(place.targetUri or place.uri)

  -- The run tells its verdict as a message.
  vim.cmd('buffer ' .. config)
  vim.cmd('write')
  report.run = ask(config, 'workspace/executeCommand', { command = 'meca.run', arguments = { { folder = vim.uri_from_fname(folder) } } }).run
  await('the verdict', function() return #report.messages > 0 end)

  vim.lsp.stop_client(client.id)
  await('the client to stop', function() return vim.lsp.get_client_by_id(client.id) == nil or client.is_stopped() end)
  report.stopped = true
end

local ok, failure = pcall(main)
if not ok then report.failed = tostring(failure) end
finish(ok and 0 or 1)
