--- Runs a function that waits, in a time of its own: nothing sleeps, and a test plays the servers.

local luaproxy = require "luaproxy"
local options = require "luaproxy.testing.options"
local pure = require "luaproxy.pure"
local waiting = require "luaproxy.waiting"

local MOST_WAITS = 10000 -- who waits more often than that waits in a loop

local function refuse(url)
  return nil, ("no server for %s: give testing.run an `http`"):format(url)
end

local DEFAULTS = { now = 0, http = refuse, ctx = options.NONE, seconds = 3600 }

-- The time, as seen through `luaproxy.now` and the context.
local function set_time(given, now)
  given.now = now
  if given.ctx then given.ctx.now = now end
end

-- What somebody gets who waits.
local function answer(given, wish)
  if wish.what == "sleep" then
    set_time(given, given.now + wish.seconds)
    return
  end
  return given.http(wish.url, wish)
end

-- Resumes a coroutine until it has ended or the time is up. Gives what it returned.
local function go_on(thread, given)
  local last = given.now + given.seconds
  local results = table.pack(coroutine.resume(thread))
  for _ = 1, MOST_WAITS do
    if not results[1] then error(results[2], 0) end
    if coroutine.status(thread) == "dead" then return table.unpack(results, 2, results.n) end
    if type(results[2]) ~= "table" or not results[2].what then
      error("it has yielded, but not to wait", 0)
    end
    local answers = table.pack(answer(given, results[2]))
    if given.now > last then return nil end
    results = table.pack(coroutine.resume(thread, table.unpack(answers, 1, answers.n)))
  end
  error(("it has waited %d times"):format(MOST_WAITS), 0)
end

-- Lets the module, and what it falls back on, be ours while F runs.
local function with_ours(given, f, ...)
  local sleep, http, now, clock = luaproxy.sleep, luaproxy.http, luaproxy.now, pure.clock
  luaproxy.sleep, luaproxy.http = waiting.sleep, waiting.http
  luaproxy.now = function() return given.now end
  pure.clock = luaproxy.now
  local results = table.pack(pcall(f, ...))
  luaproxy.sleep, luaproxy.http, luaproxy.now, pure.clock = sleep, http, now, clock
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

--- Runs a function that may wait, as the proxy runs hooks that are marked so and background tasks:
-- `luaproxy.sleep` lets the clock go on, `luaproxy.http` asks a function of the test.
--
--     local reply = testing.run(function() return script.request[1](req, ctx) end, {
--       http = function(url) return { status = 200, headers = {}, body = "ann" } end,
--     })
--
-- @tparam function f
-- @tparam ?table given `http`: a function(url, options) that gives a response, or nil and a
-- message; `now`: what the clock shows at first (0), `ctx`: a context whose `now` goes along,
-- `seconds`: how long it may take by that clock until it is left alone (3600)
-- @return what the function returns
local function run(f, given)
  given = options.with_defaults(DEFAULTS, given)
  set_time(given, given.now)
  return with_ours(given, go_on, waiting.create(f), given)
end

return run
