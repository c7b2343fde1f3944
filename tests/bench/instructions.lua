-- How many user instructions a request costs, counted by callgrind: no quiet machine is needed.
-- usage: [CASES=...] [PEERS=...] lua5.4 instructions.lua [--check | --record]
--   --check    fail if a case costs more than 5 % above its newest line in history.csv. Lines of
--              another compiler cannot be compared, so they cannot fail
--   --record   add a line for each case to history.csv
-- Two runs that differ only in the number of requests are subtracted from each other, so start, end
-- and the first connections do not count.

package.path = "./?.lua;" .. package.path

local cases = require "tests.bench.counted"
local history = require "tests.bench.history"
local kit = require "spec.support.kit"
local machine = require "tests.bench.machine"
local options = require "tests.bench.options"
local peers = require "tests.bench.peers"

local WORSE = 1.05
local PATIENCE = 600   -- seconds for all runs under callgrind

-- What others cost in the case "small", measured with Debian 12's packages.
local PUBLISHED = {
  { "relay", 137 }, { "haproxy-tcp", 4333 }, { "h2o", 16825 }, { "nghttpx", 19155 },
  { "nginx", 20379 }, { "nginx-lua", 23827 }, { "haproxy", 28326 }, { "haproxy-splice", 28965 },
  { "haproxy-lua", 54110 }, { "ats", 104591 }, { "go-tuned", 114218 }, { "caddy", 178276 },
}

local function names_of(list)
  local names = {}
  for i, case in ipairs(list) do names[i] = case.name end
  return names
end

-- What is to be counted: those of the cases that were asked for, of luaproxy and then of others.
-- Those choose as they always do, so the cases that differ by the policy are one.
local function tasks_of(others)
  local known, chosen, tasks = names_of(cases), {}, {}
  for _, name in ipairs(options.names("CASES", known, known)) do chosen[name] = true end
  for _, case in ipairs(cases) do
    if chosen[case.name] then tasks[#tasks + 1] = { case = case, peer = case.peer } end
  end
  for _, peer in ipairs(others) do
    for _, case in ipairs(cases) do
      if chosen[case.name] and case.peer == "luaproxy" then
        tasks[#tasks + 1] = { case = case, peer = peer, is_other = true }
      end
    end
  end
  return tasks
end

-- Starts a run of some requests.
local function start(task, requests)
  return kit.spawn { "lua5.4", "tests/bench/count.lua", task.case.name, task.peer, requests }
end

-- Runs all, the shorter and the longer run of each, on as many CPUs as there are.
local function run(tasks)
  local starts, running = {}, {}
  for _, task in ipairs(tasks) do
    starts[#starts + 1] = function() task.less = start(task, task.case.warm); return task.less end
    starts[#starts + 1] = function()
      task.more = start(task, task.case.warm + task.case.counted)
      return task.more
    end
  end
  kit.until_true(function()
    for i = #running, 1, -1 do
      if not running[i]:is_running() then table.remove(running, i) end
    end
    while #running < #machine.cpus() and #starts > 0 do
      running[#running + 1] = table.remove(starts, 1)()
    end
    return #running == 0
  end, "all runs", PATIENCE)
end

-- Instructions for a request.
local function result_of(task)
  local less = math.tointeger(task.less:wait_line("^counted (%d+)"))
  local more = math.tointeger(task.more:wait_line("^counted (%d+)"))
  return math.floor((more - less) / task.case.counted + 0.5)
end

local function say(task, text, ...)
  print(("%-14s %7d   "):format(task.case.name, task.count) .. text:format(...))
end

-- The newest line of a case, if what it says can be compared.
local function comparable(case, compiler)
  local before = history.newest(case.name)
  return before and before.compiler == compiler and before or nil
end

-- Leaves only what can be compared.
local function drop_incomparable(tasks, compiler)
  for i = #tasks, 1, -1 do
    if not comparable(tasks[i].case, compiler) then
      print(("%-14s nothing to compare: history.csv has no line of this compiler")
        :format(tasks[i].case.name))
      table.remove(tasks, i)
    end
  end
end

-- Says what a case costs beside what it did cost, and returns whether that is too much.
local function compare(task, compiler)
  local before = comparable(task.case, compiler)
  if not before then
    say(task, "%s; there is nothing to compare it with", task.case.title)
    return false
  end
  local change = task.count / before.instructions
  say(task, "%s; %+.1f %% since %s%s", task.case.title, 100 * (change - 1), before.commit,
    change > WORSE and ": TOO MUCH" or "")
  return change > WORSE
end

local function print_published()
  local texts = {}
  for i, peer in ipairs(PUBLISHED) do texts[i] = ("%s %d"):format(peer[1], peer[2]) end
  print("others, measured before, in the case small: " .. table.concat(texts, ", "))
end

local mode = arg[1]
local tasks = tasks_of(mode == "--check" and {} or options.names("PEERS", peers.all, {}))
local compiler = machine.compiler()
local figures, worse = {}, false

print("user instructions for a request, compiled by " .. compiler .. ":")
if mode == "--check" then drop_incomparable(tasks, compiler) end
run(tasks)
for _, task in ipairs(tasks) do
  task.count = result_of(task)
  if task.is_other then
    say(task, "%s", task.peer)
  else
    worse = compare(task, compiler) or worse
    figures[#figures + 1] = { case = task.case.name, instructions = task.count }
  end
end
kit.cleanup()
if mode ~= "--check" then print_published() end
if mode == "--record" then
  history.add(os.date("%Y-%m-%d"), machine.version(), machine.commit(), compiler, figures)
end
if worse then print("more than 5 % above the newest lines of tests/bench/history.csv") end
os.exit(mode == "--check" and worse and 1 or 0)
