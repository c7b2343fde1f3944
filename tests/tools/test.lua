-- Runs tests of several kinds one after the other, shows what they print as they print it, and adds
-- up what passed and failed. The last line is "N passed, N failed". A part that fails does not keep
-- the others from running; a part in which nothing ran has failed.
--
-- usage: lua5.4 tests/tools/test.lua ITEM ...
--   part:NAME        what follows belongs to this part
--   check:COMMAND    a program of Check tests; each of them counts
--   busted:COMMAND   specs; each of them counts
--   status:COMMAND   counts as one test, which passes if the command succeeds
--   build:COMMAND    counts as one failure if the command fails, else not at all

-- How many passed and failed, as a command's output tells; nothing if it does not tell.
local count = {}

function count.check(output)
  local passed, failed
  local line = "%d+%%: Checks: (%d+), Failures: (%d+), Errors: (%d+)"
  for checks, failures, errors in output:gmatch(line) do
    failed = (failed or 0) + failures + errors
    passed = (passed or 0) + checks - failures - errors
  end
  return passed, failed
end

function count.busted(output)
  local passed, failed
  local line = "(%d+) success%a* / (%d+) failure%a* / (%d+) error%a* / %d+ pending"
  for successes, failures, errors in output:gmatch(line) do
    failed = (failed or 0) + failures + errors
    passed = (passed or 0) + successes
  end
  return passed, failed
end

function count.status(_, ok)
  return ok and 1 or 0, ok and 0 or 1
end

function count.build(_, ok)
  return 0, ok and 0 or 1
end

-- Where nobody watches, a part that hangs must not take all the others with it.
local limit = os.getenv("CI") and "timeout -k 10 1200 " or ""

-- Runs a command and shows its output character by character: a dot is progress, a line may take
-- minutes.
local function run(command)
  local pipe = assert(io.popen(limit .. command .. " 2>&1 </dev/null"))
  local output = {}
  for c in function() return pipe:read(1) end do
    output[#output + 1] = c
    io.write(c)
    io.flush()
  end
  if #output > 0 and output[#output] ~= "\n" then print() end
  local ok, how, code = pipe:close()
  return ok or false, table.concat(output), ok and "" or ("%s %d"):format(how, code)
end

local function count_item(kind, command)
  local ok, output, how = run(command)
  local passed, failed = count[kind](output, ok)
  local why
  if not passed then
    passed, failed, why = 0, 1, "no count (" .. how .. ")"
  elseif not ok and failed == 0 then
    failed, why = 1, how
  elseif failed > 0 then
    why = ("%d failed (%s)"):format(failed, how)
  elseif passed == 0 and kind ~= "build" then
    failed, why = 1, "nothing ran"
  end
  return math.tointeger(passed), math.tointeger(failed), why
end

local parts, complaints = {}, {}

local function complain(...)
  complaints[#complaints + 1] = "FAILED " .. string.format(...)
end

for _, item in ipairs(arg) do
  local kind, text = item:match("^(%a+):(.*)$")
  if kind == "part" then
    parts[#parts + 1] = { name = text, passed = 0, failed = 0 }
  elseif count[kind] then
    local part = parts[#parts] or error("an item needs a part before it")
    print(("--- %s: %s"):format(part.name, text))
    local passed, failed, why = count_item(kind, text)
    part.passed, part.failed = part.passed + passed, part.failed + failed
    part.builds = kind == "build"
    if why then complain("%s: %s: %s", part.name, text, why) end
  else
    error("not an item: " .. item)
  end
end

local passed, failed = 0, 0
print()
for _, part in ipairs(parts) do
  if part.passed + part.failed == 0 and not part.builds then
    part.failed = 1
    complain("%s: nothing ran", part.name)
  end
  if not part.builds then
    print(("%-30s %6d passed %6d failed"):format(part.name, part.passed, part.failed))
  end
  passed, failed = passed + part.passed, failed + part.failed
end
for _, complaint in ipairs(complaints) do print(complaint) end
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and passed > 0)
