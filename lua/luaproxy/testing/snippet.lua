--- A failing case as Lua to paste into a spec.

local FACTS = { "id", "weight", "tier", "inflight", "ewma", "ewma_at", "fails", "since" }
local CALL = [[
assert(testing.policy.check(%s, {
  only = %q, seed = %d, weights = { %s }%s,
}))]]
local DEFAULTS = { weight = 1, tier = 1, inflight = 0, fails = 0, since = 0 }

-- A backend with the facts that are not the usual ones.
local function backend_text(backend)
  local parts = {}
  for _, name in ipairs(FACTS) do
    local value = backend[name]
    if value ~= nil and value ~= DEFAULTS[name] then
      parts[#parts + 1] = ("%s = %s"):format(name,
        type(value) == "string" and ("%q"):format(value) or ("%.6g"):format(value))
    end
  end
  return ("testing.backend { %s },"):format(table.concat(parts, ", "))
end

-- Whom the policy could choose from when it happened.
local function pool_text(w)
  local lines = { "local up = {" }
  for _, backend in ipairs(w.list) do lines[#lines + 1] = "  " .. backend_text(backend) end
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n")
end

--- The text.
-- @tparam string about the path of a script, or another name
-- @tparam boolean is_file whether it is a path
-- @tparam string property its name
-- @tparam table case
-- @tparam ?table w the world when it happened
-- @treturn string
local function text_of(about, is_file, property, case, w)
  local call = CALL:format(is_file and ("%q"):format(about) or "policy", property, case.seed,
    table.concat(case.weights, ", "),
    case.requests and (", requests = %d"):format(case.requests) or "")
  return w and pool_text(w) .. "\n" .. call or call
end

return text_of
