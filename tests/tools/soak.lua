-- Faults and load for as long as asked, and what of it failed.
-- usage: lua5.4 tests/tools/soak.lua [SECONDS] [SEED] [PROGRAM] [CLIENTS]
-- Backends die and come back, hang, drip, reset, answer twice; clients ask for everything there is,
-- and for what there is not; the script is loaded anew, descriptors run short. Prints a line every
-- ten seconds, and at the end what is wrong. The code is 0 if nothing is.

package.path = "./?.lua;" .. package.path
local backends = require "tests.tools.soak.backends"
local clients = require "tests.tools.soak.clients"
local kit = require "spec.support.kit"
local random = require "tests.tools.soak.random"
local subject = require "tests.tools.soak.subject"
local verdict = require "tests.tools.soak.verdict"

local SECONDS = tonumber(arg[1]) or 60
local SEED = math.tointeger(arg[2]) or os.time()
local PROGRAM = arg[3] or "build/asan/luaproxy"
local CLIENTS = math.tointeger(arg[4]) or 16

local PROGRESS, SAMPLE = 10, 1                        -- seconds between two of them
local RELOAD, SHORT, SHORT_FOR, GRACE = 7, 20, 1, 4   -- and between faults; how long they last
local FEW = 8                                         -- descriptors left, more than there are

kit.patience(30)

local soak = { verdict = verdict.new(), random = random.new(SEED) }

-- Allows the proxy N descriptors at most; nil: as many as before.
local function limit_descriptors(n)
  assert(os.execute(("prlimit --pid %d --nofile=%s:"):format(soak.proxy.pid, n or soak.limit)))
end

local function run_short()
  soak.verdict:excuse(kit.now(), SHORT_FOR + GRACE)
  limit_descriptors(subject.descriptors(soak.proxy) + FEW)
  clients.pause(SHORT_FOR)
  limit_descriptors()
  soak.verdict:excuse(kit.now(), GRACE)
end

local function tell()
  local v = soak.verdict
  local inflight, connected = subject.status(soak.proxy)
  print(("%5.0f s: %d requests, %d answered; failed: %s; %d in flight, %d clients; %d KB; %d wrong")
    :format(kit.now() - soak.began, v.asked, v.answered, v:describe_failures(), inflight, connected,
      subject.memory(soak.proxy), v.mistake_count))
  io.stdout:flush()
end

-- Does WORK every SECONDS until the end.
local function every(seconds, work)
  kit.background("every " .. seconds, function()
    local due = kit.now() + seconds
    while not soak.stopped do
      clients.pause(math.min(0.5, math.max(0, due - kit.now())))
      if kit.now() >= due and not soak.stopped then
        due = kit.now() + seconds
        work()
      end
    end
    soak.working = soak.working - 1
  end)
  soak.working = (soak.working or 0) + 1
end

local function start()
  local steady = kit.echo()
  local dying = backends.dying(soak.random, function() return soak.stopped end)
  local rude = backends.rude(soak.random)
  local addrs = { steady.addr, dying.addr, steady.addr, rude.addr,
    backends.counting(soak.random, soak.verdict).addr,
    backends.counting(soak.random, soak.verdict).addr,
    dying.addr, rude.addr, steady.addr }
  soak.proxy = subject.start(PROGRAM, addrs)
  soak.limit = io.popen(("prlimit --pid %d --nofile --noheadings -o SOFT"):format(soak.proxy.pid))
    :read "a":match "%d+"
  soak.proxy:get "/main"
  soak.descriptors = subject.descriptors(soak.proxy)
  soak.began = kit.now()
end

local function run()
  clients.start(soak, CLIENTS)
  every(SAMPLE, function() soak.verdict:sample(subject.memory(soak.proxy)) end)
  every(PROGRESS, tell)
  every(RELOAD, function() subject.reload(soak.proxy, soak.random(1, 9)) end)
  every(SHORT, run_short)
  kit.until_true(function()
    return kit.now() >= soak.began + SECONDS or not soak.proxy:is_running()
  end, "the end of time", SECONDS + 60)
  soak.stopped = true
  kit.until_true(function() return soak.running == 0 and soak.working == 0 end, "the clients", 90)
end

-- Everybody has gone: is nothing left?
local function look_what_is_left()
  local inflight, connected, open
  local quiet = pcall(kit.until_true, function()
    inflight, connected = subject.status(soak.proxy)
    open = subject.descriptors(soak.proxy)
    return inflight == 0 and connected == 0 and open <= soak.descriptors
  end, "rest", 40)
  if not quiet then
    soak.verdict:mistake(("left: %d in flight, %d clients, %d descriptors instead of %d")
      :format(inflight, connected, open, soak.descriptors))
  end
end

local function stop()
  local code, signal = soak.proxy:stop(60)
  if code ~= 0 then
    soak.verdict:mistake(("it ended with %s"):format(signal or "code " .. code))
  end
end

local function conclude()
  local faults = soak.verdict:faults()
  for _, line in ipairs(subject.faults(soak.proxy)) do faults[#faults + 1] = line end
  local _, before, after = soak.verdict:growth()
  print("answers: " .. soak.verdict:describe_answers())
  print("failures: " .. soak.verdict:describe_failures())
  print(("memory: %d KB, then %d KB"):format(before, after))
  for _, fault in ipairs(faults) do print("WRONG: " .. fault) end
  print(("%d requests in %.0f seconds, seed %d: %d wrong"):format(soak.verdict.asked,
    kit.now() - soak.began, SEED, #faults))
  return #faults == 0
end

local function go_on(step)
  local fine, why = xpcall(step, debug.traceback)
  if not fine then soak.verdict:mistake("the soak itself: " .. tostring(why)) end
  return fine
end

print(("seed %d, %d clients, %g seconds"):format(SEED, CLIENTS, SECONDS))
start()
if go_on(run) and soak.proxy:is_running() and go_on(look_what_is_left) then go_on(stop) end
if not soak.proxy:is_running() and soak.proxy.code ~= 0 then
  soak.verdict:mistake "the proxy has ended"
end
local fine = conclude()
pcall(kit.cleanup)
os.exit(fine and 0 or 1)
