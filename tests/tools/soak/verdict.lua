--- What a soak has seen, and what of it is wrong. Plain data: time comes in as an argument.

local verdict = {}
verdict.__index = verdict

local SHOWN = 20          -- mistakes of each kind that are told
local GROWTH = 0.15       -- of memory, from the first third of the samples to the last,
local GROWTH_KB = 24576   -- or this, whichever is more

--- Nothing seen yet.
-- @treturn verdict with `.asked`, `.answered`: numbers
function verdict.new()
  return setmetatable({
    asked = 0, answered = 0, failures = {}, mistakes = {}, mistake_count = 0, statuses = {},
    samples = {}, excused_until = -math.huge,
  }, verdict)
end

--- From NOW on, for SECONDS, requests may fail: something has been taken from the proxy.
-- @tparam number now
-- @tparam number seconds
function verdict:excuse(now, seconds)
  self.excused_until = math.max(self.excused_until, now + seconds)
end

--- Something is wrong, whatever is excused.
-- @tparam string what
function verdict:mistake(what)
  self.mistake_count = self.mistake_count + 1
  if #self.mistakes < SHOWN then self.mistakes[#self.mistakes + 1] = what end
end

local function count(map, key)
  map[key] = (map[key] or 0) + 1
end

--- A request of this KIND was answered.
-- @tparam string kind
-- @tparam number|string status
function verdict:answer(kind, status)
  self.answered = self.answered + 1
  count(self.statuses, kind .. " " .. status)
end

-- How a request has failed, by what the kit says of it.
local HOW = {
  { "odd message", "odd" }, { "passed awaiting", "late" }, { "cannot connect", "refused" },
  { "the connection ended", "cut" }, { "cannot send", "cut" }, { "wrong", "wrong" },
}

--- What WHY, a message of the kit, means.
-- @tparam string why
-- @treturn string "odd", "late", "refused", "cut", "wrong" or, if it is none of these, "broken"
function verdict.how(why)
  for _, pair in ipairs(HOW) do
    if why:find(pair[1], 1, true) then return pair[2] end
  end
  return "broken"
end

--- A request that began at BEGAN has failed. What is no HTTP, or not what was sent, is always a
-- mistake; that it was cut is one only if it MUST be answered; and what takes place while requests
-- may fail is none but for these.
-- @tparam string kind
-- @tparam string why
-- @tparam boolean must
-- @tparam number began
function verdict:fail(kind, why, must, began)
  local how = verdict.how(why)
  count(self.failures, kind .. " " .. how)
  local always = how == "odd" or how == "wrong" or how == "broken"
  local now_and_then = (must or how == "late") and began > self.excused_until
  if always or now_and_then then
    self:mistake(("%s: %s"):format(kind, (why:match "^[^\n]*")))
  end
end

--- The proxy has so much memory.
-- @tparam number kilobytes
function verdict:sample(kilobytes)
  self.samples[#self.samples + 1] = kilobytes
end

local function median(list, from, to)
  local part = table.move(list, from, to, 1, {})
  table.sort(part)
  return part[(#part + 1) // 2]
end

--- Has its memory grown, from the first third of the samples to the last?
-- @treturn boolean
-- @treturn number the median of the first third, kilobytes; 0 if there are too few samples
-- @treturn number of the last third
function verdict:growth()
  local third = #self.samples // 3
  if third == 0 then return false, 0, 0 end
  local before = median(self.samples, 1, third)
  local after = median(self.samples, #self.samples - third + 1, #self.samples)
  return after - before > math.max(GROWTH_KB, before * GROWTH), before, after
end

local function print_map(map)
  local keys, parts = {}, {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  for i, key in ipairs(keys) do parts[i] = ("%s %d"):format(key, map[key]) end
  return #parts > 0 and table.concat(parts, ", ") or "none"
end

--- How requests have failed, by kind.
-- @treturn string
function verdict:describe_failures()
  return print_map(self.failures)
end

--- How they were answered, by kind and status.
-- @treturn string
function verdict:describe_answers()
  return print_map(self.statuses)
end

--- Everything that is wrong.
-- @treturn {string,...}
function verdict:faults()
  local list = table.move(self.mistakes, 1, #self.mistakes, 1, {})
  if self.mistake_count > #self.mistakes then
    list[#list + 1] = ("and %d more"):format(self.mistake_count - #self.mistakes)
  end
  if self.answered == 0 then list[#list + 1] = "no request was answered" end
  local grown, before, after = self:growth()
  if grown then
    list[#list + 1] = ("memory has grown from %d KB to %d KB"):format(before, after)
  end
  return list
end

return verdict
