--- All child processes since the last cleanup: what they say when a wait fails, and their end.

local failure = require "spec.support.failure"
local loop = require "spec.support.loop"
local uv = require "spec.support.uv"

local children = {}

-- They must not outlive the specs, even if these end in an error before any cleanup.
local all = setmetatable({}, { __gc = function(left)
  for _, child in ipairs(left) do
    if child:is_running() then uv.kill(child.pid, "sigkill") end
  end
end })

-- Lines of sanitizers and of valgrind.
local ALARMING = { "Sanitizer:", ": runtime error: ", "^==%d+== " }

failure.add_witness(function()
  local said = {}
  for i, child in ipairs(all) do
    said[i] = ("%s %s"):format(child.title, child.output:describe())
  end
  return #said > 0 and table.concat(said, "\n") or nil
end)

local function running()
  local list = {}
  for _, child in ipairs(all) do
    if child:is_running() then list[#list + 1] = child end
  end
  return list
end

local function none_runs()
  return #running() == 0
end

local function complaint_about(child)
  if child.signal_name and not child.was_signalled then
    return ("%s was ended by %s; %s"):format(child.title, child.signal_name,
      child.output:describe())
  end
  for _, pattern in ipairs(ALARMING) do
    if #child:lines(pattern) > 0 then
      return ("%s complains; %s"):format(child.title, child.output:describe())
    end
  end
  return nil
end

--- Remembers a child.
-- @tparam process child
function children.add(child)
  all[#all + 1] = child
end

--- Ends those that still run: with their `stop_signal`, if they have one, and then by SIGKILL.
-- @treturn {string,...} what is wrong about them: ended by a signal which no spec had sent, or
-- lines of a sanitizer or of valgrind
function children.end_all()
  loop.glance()
  for _, child in ipairs(running()) do
    child:signal(child.stop_signal or "sigkill")
  end
  loop.lapse(loop.patience, none_runs)
  for _, child in ipairs(running()) do child:signal("sigkill") end
  loop.lapse(loop.patience, none_runs)
  local complaints = {}
  for _, child in ipairs(all) do
    if not child:is_running() then child:wait_exit() end
    complaints[#complaints + 1] = complaint_about(child)
  end
  for i in ipairs(all) do all[i] = nil end
  return complaints
end

return children
