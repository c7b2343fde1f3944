--- Waiting.
--
-- A spec is plain sequential code. Whatever it waits for happens while this module turns the uv
-- loop: callbacks only record what came, and after each turn the waiting call looks whether that
-- is what it needs, until its deadline. What must go on in the background (a scripted backend) is
-- a task: a coroutine in which the same waiting calls yield instead of turning the loop.

local failure = require "spec.support.failure"
local uv = require "spec.support.uv"

local loop = {
  --- Seconds which a waiting call waits unless told otherwise.
  patience = tonumber(os.getenv "LUAPROXY_PATIENCE") or 5,
}

local POLL = 0.005      -- seconds
local LONGEST = 60000   -- milliseconds; a task may wait forever

local alarm            -- wakes the loop at the nearest deadline
local guard            -- catches SIGPIPE: who writes to a peer that has gone is told by an error
local tasks = {}       -- in the order in which they were started
local task_of = setmetatable({}, { __mode = "k" })
local failures = {}    -- of tasks, until somebody hears of them

--- The time that deadlines are made of.
-- @treturn number seconds
function loop.now()
  return uv.hrtime() / 1e9
end

local function step(task)
  task.moved = false
  local ok, why = coroutine.resume(task.thread)
  if not ok then
    failures[#failures + 1] = ("in %s: %s"):format(task.name, why)
  end
  task.done = coroutine.status(task.thread) == "dead"
  return task.moved or task.done
end

-- One task may have waited for what another did: goes on until none of them moves any more.
local function step_tasks()
  local any = false
  local moved
  repeat
    moved = false
    for _, task in ipairs(table.move(tasks, 1, #tasks, 1, {})) do
      moved = step(task) or moved
    end
    for i = #tasks, 1, -1 do
      if tasks[i].done then table.remove(tasks, i) end
    end
    any = any or moved
  until not moved
  return any
end

local function open_handles()
  alarm, guard = uv.new_timer(), uv.new_signal()
  guard:start("sigpipe")
  guard:unref()
end

-- Lets the loop run until something happened, at most until the moment WAKE.
local function turn(wake)
  if step_tasks() then return end
  for _, task in ipairs(tasks) do
    wake = math.min(wake, task.wake)
  end
  if not alarm then open_handles() end
  uv.update_time()
  local ms = math.max(0, math.min(LONGEST, math.ceil((wake - loop.now()) * 1000)))
  alarm:start(ms, 0, function() end)
  uv.run("once")
  alarm:stop()
  step_tasks()
end

local function raise_failures()
  if #failures > 0 then
    local message = table.concat(failures, "\n")
    failures = {}
    failure.raise(message)
  end
end

-- Returns the first true value of CONDITION, or nil when TIMEOUT has passed.
local function await(condition, timeout, poll)
  local task = task_of[coroutine.running()]
  local deadline = loop.now() + timeout
  local value = condition()
  while not value do
    local now = loop.now()
    if now >= deadline then return nil end
    local wake = math.min(deadline, now + poll)
    if task then
      task.wake = wake
      coroutine.yield()
    else
      turn(wake)
      raise_failures()
    end
    value = condition()
  end
  if task then task.moved = true end
  return value
end

--- Waits until CONDITION holds for something that came through the loop.
-- @tparam string what is awaited, for the message
-- @tparam function condition returns what is awaited, or nil; may raise
-- @tparam ?number timeout seconds; `loop.patience` if absent
-- @tparam ?function instead says what had come instead
-- @return the value of CONDITION
function loop.wait(what, condition, timeout, instead)
  timeout = timeout or loop.patience
  local value = await(condition, timeout, math.huge)
  if not value then
    local came = instead and "; " .. instead() or ""
    failure.raise_with_witnesses(("%g s passed awaiting %s%s"):format(timeout, what, came))
  end
  return value
end

--- Waits until CONDITION holds, however it comes about: asks every few milliseconds.
-- @tparam function condition
-- @tparam ?string what is awaited, for the message
-- @tparam ?number timeout seconds
-- @return the value of CONDITION
function loop.until_true(condition, what, timeout)
  timeout = timeout or loop.patience
  local value = await(condition, timeout, POLL)
  if not value then
    what = what or "a condition"
    failure.raise_with_witnesses(("%g s passed awaiting %s"):format(timeout, what))
  end
  return value
end

--- Lets SECONDS pass unless CONDITION holds before.
-- @tparam number seconds
-- @tparam function condition
-- @return the value of CONDITION, or nil when the time has passed
function loop.lapse(seconds, condition)
  return await(condition, seconds, math.huge)
end

--- Starts RUN in the background, at the next turn of the loop. What it raises is raised again by
-- the waiting call of the spec.
-- @tparam string name for messages
-- @tparam function run
function loop.task(name, run)
  local task = { name = name, thread = coroutine.create(run), wake = math.huge }
  tasks[#tasks + 1], task_of[task.thread] = task, task
end

--- Handles what is ready now, without waiting.
function loop.glance()
  uv.run("nowait")
end

--- Ends everything that goes on in the background.
function loop.drop_tasks()
  tasks, failures = {}, {}
end

--- Closes every handle there is.
function loop.close_all()
  alarm = nil
  uv.walk(function(handle)
    if not handle:is_closing() then handle:close() end
  end)
  uv.run()
end

return loop
