--- Child processes.

local children = require "spec.support.children"
local failure = require "spec.support.failure"
local loop = require "spec.support.loop"
local output = require "spec.support.output"
local uv = require "spec.support.uv"

local process = {}
process.__index = process

local NAME_OF = {}    -- of a signal's number
for name, number in pairs(uv.constants) do
  if name:find("^SIG") then NAME_OF[number] = name:lower() end
end

-- "NAME=value" strings: the environment of the specs with CHANGES; false takes a name away.
local function environment(changes)
  local all, list = uv.os_environ(), {}
  for name, value in pairs(changes or {}) do all[name] = value end
  for name, value in pairs(all) do
    if value then list[#list + 1] = name .. "=" .. value end
  end
  return list
end

-- The words of the command, run through prlimit(1) if there are limits.
local function words_of(options)
  local words = {}
  if options.limits then
    words[1] = "prlimit"
    for name, value in pairs(options.limits) do
      words[#words + 1] = ("--%s=%s"):format(name, value)
    end
    words[#words + 1] = "--"
  end
  for _, word in ipairs(options) do words[#words + 1] = tostring(word) end
  return words
end

local function read_stream(self, stream)
  local pipe = uv.new_pipe()
  return pipe, function()
    pipe:read_start(function(_, piece)
      self.output:add(stream, piece)
      if not piece then pipe:close() end
    end)
  end
end

local function feed_stdin(pipe, text)
  pipe:write(text)
  pipe:shutdown(function() pipe:close() end)
end

local function on_exit(self, code, signal)
  self.code, self.signal_name = code, NAME_OF[signal]
  self.handle:close()
end

--- Starts a process.
-- @tparam table options the words of the command; `env`: changes to the environment, false
-- takes away; `cwd`; `stdin`: a text; `limits`: of prlimit(1), for example { nofile = 64 };
-- `stop_signal`: for the cleanup, to be tried before killing
-- @treturn process with `.pid`
function process.spawn(options)
  local words = words_of(options)
  local self = setmetatable({ output = output.new(), stop_signal = options.stop_signal }, process)
  local out, read_out = read_stream(self, "stdout")
  local err, read_err = read_stream(self, "stderr")
  local stdin = options.stdin and uv.new_pipe() or nil
  local handle, pid = uv.spawn(words[1], {
    args = table.move(words, 2, #words, 1, {}), env = environment(options.env),
    cwd = options.cwd, stdio = { stdin, out, err },
  }, function(code, signal) on_exit(self, code, signal) end)
  if not handle then failure.raise(("cannot start %s: %s"):format(words[1], pid)) end
  self.handle, self.pid, self.title = handle, pid, ("%s[%d]"):format(options[1], pid)
  read_out()
  read_err()
  if stdin then feed_stdin(stdin, options.stdin) end
  children.add(self)
  return self
end

--- Has it not ended yet?
-- @treturn boolean
function process:is_running()
  return self.code == nil
end

--- Sends a signal.
-- @tparam string name for example "sigterm"
function process:signal(name)
  if not self:is_running() then failure.raise(self.title .. " has ended") end
  self.was_signalled = true
  assert(self.handle:kill(name))
end

-- What the system says it is doing: one letter, see proc(5).
local function state_of(self)
  local file = assert(io.open(("/proc/%d/stat"):format(self.pid)))
  local state = file:read("a"):match("%) (%a)")
  file:close()
  return state
end

--- Has it stand still, and waits until it does. What comes meanwhile stays in the kernel.
function process:freeze()
  self:signal("sigstop")
  loop.until_true(function() return state_of(self) == "T" end, self.title .. " to stand still")
end

--- Lets it go on after `freeze`.
function process:thaw()
  self:signal("sigcont")
end

--- Kills it, unless it has ended, and waits until it is gone.
function process:kill()
  if self:is_running() then
    self:signal("sigkill")
    self:wait_exit()
  end
end

-- Who has ended writes no more, but a child of its own may hold the pipes: read what is there.
local function read_rest(self)
  local before
  repeat
    before = #self.output.pieces.stdout + #self.output.pieces.stderr
    loop.glance()
  until #self.output.pieces.stdout + #self.output.pieces.stderr == before
end

--- Waits until it has ended, with all it wrote.
-- @tparam ?number timeout
-- @treturn number the code
-- @treturn ?string the signal that ended it, for example "sigkill"
function process:wait_exit(timeout)
  loop.wait("the end of " .. self.title, function() return not self:is_running() end, timeout)
  read_rest(self)
  return self.code, self.signal_name
end

local function fail_ended(self, pattern)
  local how = self.signal_name or "code " .. self.code
  failure.raise_with_witnesses(("%s ended (%s) without a line with '%s'")
    :format(self.title, how, pattern))
end

--- Waits for a line, of stdout or stderr, with a match of PATTERN: the first which was not returned
-- for the same pattern before. So lines awaited by different patterns may come in any order.
-- @tparam string pattern of Lua
-- @tparam ?number timeout
-- @treturn string... the captures, or the match
function process:wait_line(pattern, timeout)
  local found = loop.wait(("a line with '%s' from %s"):format(pattern, self.title), function()
    local ended = not self:is_running()
    if ended then read_rest(self) end
    local match = self.output:next_match(pattern)
    if ended and not match then fail_ended(self, pattern) end
    return match
  end, timeout)
  return table.unpack(found, 1, found.n)
end

--- All lines so far, of stdout and stderr, with a match of PATTERN.
-- @tparam ?string pattern all lines if absent
-- @treturn {string,...} the first capture of each, or the line if there is none
function process:lines(pattern)
  return self.output:all_matches(pattern)
end

return process
