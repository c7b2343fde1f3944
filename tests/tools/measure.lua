-- Prints how far core/ is from what we call beautiful: a mirror. With --fence it says only, and
-- fails on, what is beyond the few figures that are a fence.
-- usage: lua5.4 tests/tools/measure.lua [--fence]

package.path = arg[0]:match("^(.-)[^/]*$") .. "?.lua;" .. package.path

local ranks = require("ranks")
local source = require("source")

-- -------------------------------------------------------------------------------------------------
-- THE PATH: what one must read to understand how a client is accepted, a backend picked and
-- connected, bytes relayed with backpressure, and both timed out and closed. One line for each
-- function, in reading order:
--   { "accept", "net/listen.c", "on_io" },
local path = {
  { "accept", "net/listen.c", "on_io" },
  { "accept", "exchange/client.c", "client_new" },
  { "accept", "exchange/client.c", "client_run" },
  { "accept", "exchange/client.c", "step_idle" },
  { "accept", "exchange/client.c", "begin_request" },
  { "accept", "exchange/client.c", "step_busy" },
  { "accept", "exchange/exchange.c", "exchange_run" },
  { "accept", "exchange/exchange.c", "step_head" },
  { "accept", "exchange/exchange.c", "take_request" },
  { "pick", "exchange/exchange.c", "step_pick" },
  { "pick", "balance/pool.c", "pool_pick" },
  { "pick", "balance/policy.c", "pick" },
  { "connect", "exchange/lease.c", "lease_begin" },
  { "connect", "exchange/reach.c", "reach_start" },
  { "connect", "exchange/reach.c", "take_kept" },
  { "connect", "exchange/idle.c", "idle_get" },
  { "connect", "exchange/reach.c", "take_new" },
  { "connect", "net/dial.c", "dial" },
  { "connect", "exchange/exchange.c", "step_dial" },
  { "connect", "exchange/reach.c", "reach_poll" },
  { "connect", "exchange/ending.c", "ending_fail" },
  { "relay", "exchange/exchange.c", "step_answer" },
  { "relay", "exchange/exchange.c", "move_up" },
  { "relay", "exchange/exchange.c", "take_response" },
  { "relay", "exchange/exchange.c", "step_forward" },
  { "relay", "exchange/relay.c", "relay_run" },
  { "relay", "exchange/side_h1.c", "h1_read" },
  { "relay", "exchange/side_h1.c", "h1_room" },
  { "relay", "exchange/side_h1.c", "h1_write" },
  { "relay", "net/stream.c", "on_io" },
  { "relay", "net/stream.c", "fill" },
  { "relay", "net/stream.c", "stream_write" },
  { "relay", "net/stream.c", "stream_flush" },
  { "relay", "net/stream.c", "stream_arm" },
  { "relay", "exchange/exchange.c", "arm" },
  { "time out", "net/deadline.c", "deadline_set" },
  { "time out", "net/deadline.c", "look" },
  { "time out", "exchange/exchange.c", "on_late" },
  { "time out", "exchange/patience.c", "patience_begin" },
  { "time out", "exchange/patience.c", "be_late" },
  { "close", "exchange/lease.c", "lease_end" },
  { "close", "exchange/reach.c", "reach_end" },
  { "close", "exchange/idle.c", "idle_put" },
  { "close", "exchange/client.c", "end_exchange" },
  { "close", "exchange/stay.c", "stay_end" },
}
-- -------------------------------------------------------------------------------------------------

local long = 40 -- lines; longer functions are shown by name
local columns = 100 -- clang-format sees to code, but leaves comments alone

local files = source.read_all("core")

-- Figures -----------------------------------------------------------------------------------------

-- The smallest of the sorted values that a share of them does not exceed.
local function quantile(sorted, share)
  return sorted[math.max(1, math.ceil(#sorted * share))] or 0
end

local function spread(values)
  table.sort(values)
  return {
    median = quantile(values, 0.5),
    p95 = quantile(values, 0.95),
    max = values[#values] or 0,
  }
end

local function percent(part, whole)
  return whole == 0 and 100 or math.floor(100 * part / whole)
end

-- All functions of core/, each with its file, decisions and nesting. One that is described in its
-- header is commented as well.
local function all_functions()
  local documented, functions = {}, {}
  for _, file in ipairs(files) do
    for _, prototype in ipairs(file.prototypes) do
      documented[prototype.name] = documented[prototype.name] or prototype.commented
    end
  end
  for _, file in ipairs(files) do
    for _, f in ipairs(file.functions) do
      f.file = file
      f.decisions, f.nesting = source.weigh(f.body)
      f.commented = f.commented or (not f.static and documented[f.name] or false)
      functions[#functions + 1] = f
    end
  end
  return functions
end

local functions = all_functions()

local function spread_of(key)
  local values = {}
  for i, f in ipairs(functions) do values[i] = f[key] end
  return spread(values)
end

local function file_lengths(is_header)
  local values = {}
  for _, file in ipairs(files) do
    if file.is_header == is_header then values[#values + 1] = #file.lines end
  end
  return spread(values)
end

local function lines_in(folder, pattern)
  local lines = 0
  for _, name in ipairs(source.paths(folder, pattern)) do
    for line in io.lines(name) do
      if line:match("%S") then lines = lines + 1 end
    end
  end
  return lines
end

local function test_lines_per_code_line()
  local code = lines_in("core", "%.[ch]$") + lines_in("lua", "%.lua$")
  local tests = lines_in("tests", "%.[ch]$") + lines_in("spec", "%.lua$")
  return code == 0 and 0 or tests / code
end

-- Rows of the table -------------------------------------------------------------------------------

local details, rows = {}, {}

local function detail(...)
  details[#details + 1] = string.format(...)
end

-- One row; `fits` may be nil for what is not measured here.
local function row(fence, name, limit, measured, fits)
  rows[#rows + 1] = { fence = fence, name = name, limit = limit, measured = measured, fits = fits }
end

local function pair(first, second)
  return ("%d / %d"):format(first, second)
end

local function place(f)
  return ("%s:%d"):format(f.file.path, f.first)
end

local function add_graph()
  local graph = ranks.check(files)
  for _, violation in ipairs(graph.violations) do detail("%s", violation) end
  local wrong = graph.upward + graph.sideways
  row(true, "upward or sideways includes", "0", wrong, wrong == 0)
  row(true, "largest cycle of modules", "1", graph.largest, graph.largest == 1)
end

local function add_functions()
  local length, decisions = spread_of("length"), spread_of("decisions")
  local nesting = spread_of("nesting")
  for _, f in ipairs(functions) do
    if f.length > long then detail("%s: %s has %d lines", place(f), f.name, f.length) end
    if f.decisions > 15 then detail("%s: %s has %d decisions", place(f), f.name, f.decisions) end
    if f.nesting > 3 then detail("%s: %s is nested %d deep", place(f), f.name, f.nesting) end
  end
  row(true, "function length: max", "60", length.max, length.max <= 60)
  row(false, "function length: median / p95", "15 / 40", pair(length.median, length.p95),
    length.median <= 15 and length.p95 <= 40)
  row(false, "decisions in a function: p95 / max", "8 / 15", pair(decisions.p95, decisions.max),
    decisions.p95 <= 8 and decisions.max <= 15)
  row(false, "nesting: max", "3", nesting.max, nesting.max <= 3)
end

local function add_files()
  local c, h = file_lengths(false), file_lengths(true)
  for _, file in ipairs(files) do
    local limit = file.is_header and 140 or 400
    if #file.lines > limit then detail("%s has %d lines", file.path, #file.lines) end
  end
  row(false, ".c length: median / max", "200 / 400", pair(c.median, c.max),
    c.median <= 200 and c.max <= 400)
  row(false, ".h length: max", "140", h.max, h.max <= 140)
end

-- Lines that are too wide are shown even by --fence: nobody finds them otherwise.
local function add_columns()
  local widest = 0
  for _, folder in ipairs { "core", "echo", "tests" } do
    for _, name in ipairs(source.paths(folder, "%.[ch]$")) do
      local number = 0
      for line in io.lines(name) do
        local width = utf8.len(line) or #line
        number, widest = number + 1, math.max(widest, width)
        if width > columns then print(("%s:%d has %d columns"):format(name, number, width)) end
      end
    end
  end
  row(true, "columns of a line, comments included: max", columns, widest, widest <= columns)
end

local function add_comments()
  local prototypes, described, commented = 0, 0, 0
  for _, file in ipairs(files) do
    for _, prototype in ipairs(file.prototypes) do
      prototypes = prototypes + 1
      described = described + (prototype.commented and 1 or 0)
      if not prototype.commented then
        detail("%s:%d: %s has no comment", file.path, prototype.line, prototype.name)
      end
    end
  end
  for _, f in ipairs(functions) do commented = commented + (f.commented and 1 or 0) end
  row(false, "public prototypes with a comment", "100%", percent(described, prototypes) .. "%",
    described == prototypes)
  local share = percent(commented, #functions)
  row(false, "functions with a comment above or in the header", "60%", share .. "%", share >= 60)
end

local function find_function(name, where)
  for _, f in ipairs(functions) do
    if f.name == name and f.file.path == "core/" .. where then return f end
  end
  return nil
end

local function add_path()
  local seen, file_count, count, lines = {}, 0, 0, 0
  for _, step in ipairs(path) do
    local f = find_function(step[3], step[2])
    if f then
      file_count = file_count + (seen[step[2]] and 0 or 1)
      seen[step[2]] = true
      count, lines = count + 1, lines + f.length
    else
      detail("tests/tools/measure.lua: there is no %s in core/%s", step[3], step[2])
    end
  end
  local name, limit = "the path from accept to close: files / functions / lines", "12 / 45 / 1000"
  if #path == 0 then
    row(false, name, limit, "not listed")
  else
    row(false, name, limit, ("%d / %d / %d"):format(file_count, count, lines),
      file_count <= 12 and count <= 45 and lines <= 1000 and count == #path)
  end
end

local function add_tests()
  local ratio = test_lines_per_code_line()
  local bare = {}
  for _, file in ipairs(files) do
    local test = io.open(("tests/%s/test_%s.c"):format(file.layer, file.module))
    if test then
      test:close()
    elseif not file.is_header then
      bare[#bare + 1] = file.layer .. "/" .. file.module
    end
  end
  if #bare > 0 then detail("without a test of their own: %s", table.concat(bare, " ")) end
  row(false, "lines of test for a line of code", "1", ("%.2f"):format(ratio), ratio >= 1)
end

local function add_conditionals()
  local count = 0
  for _, file in ipairs(files) do
    for number, line in ipairs(file.lines) do
      if not file.is_header and file.layer ~= "net" and line:match("^%s*#%s*if") then
        count = count + 1
        detail("%s:%d: #if", file.path, number)
      end
    end
  end
  row(false, "#if in .c files outside net/", "0", count, count == 0)
end

add_graph()
add_functions()
add_files()
add_columns()
add_comments()
add_path()
add_tests()
add_conditionals()
row(false, "line coverage of ranks 0 to 2 and of exchange.c", "95%", "not measured")
row(false, "warnings (gcc, clang, luacheck)", "0", "see make lint")

-- What is printed ---------------------------------------------------------------------------------

local fence = arg[1] == "--fence"
local broken = #files == 0

for _, line in ipairs(details) do
  if not fence then print(line) end
end
if #details > 0 and not fence then print() end

for _, r in ipairs(rows) do
  local outside = r.fits == false
  broken = broken or (r.fence and outside)
  if not fence or (r.fence and outside) then
    local mark = outside and "!" or " "
    print(("%s %-56s %14s  limit %s"):format(mark, r.name, r.measured, r.limit))
  end
end
if fence then print(broken and "measure: beyond the fence" or "measure: within the fence") end
os.exit(not (fence and broken))
