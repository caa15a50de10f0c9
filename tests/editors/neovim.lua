-- Does in Neovim what a person would, and writes down as JSON what there was to be seen.
-- Run as `nvim --headless --clean -c "luafile neovim.lua"` in the folder of the project; CONFIG is
-- the set-up, SEEN the file to write.

local seen = { messages = {}, progress = {} }

local function wait(what, condition)
  if not vim.wait(60000, condition, 20) then
    error("waited in vain for " .. what .. ", and have seen " .. vim.inspect(seen))
  end
end

local function lines_of_diagnostics()
  return vim.tbl_map(function(each)
    local place = string.format("%d:%d-%d", each.lnum, each.col, each.end_col)
    return string.format("%s %s: %s", place, each.source, each.message)
  end, vim.diagnostic.get(0))
end

local function floating_text()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= "" then
      return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\n")
    end
  end
end

local function titles_of_lenses()
  return vim.tbl_map(function(each)
    return string.format("%d %s", each.range.start.line, each.command.title)
  end, vim.lsp.codelens.get(0))
end

-- What Neovim itself would show goes on being shown; here it is written down too.
local show = vim.lsp.handlers["window/showMessage"]
vim.lsp.handlers["window/showMessage"] = function(err, message, context, config)
  table.insert(seen.messages, message.message)
  return show(err, message, context, config)
end
vim.api.nvim_create_autocmd("User", {
  pattern = "LspProgressUpdate",
  callback = function()
    for _, each in ipairs(vim.lsp.util.get_progress_messages()) do
      table.insert(seen.progress, { title = each.title, message = each.message, done = each.done })
    end
  end,
})
vim.ui.select = function(items, options)
  seen.actions = vim.tbl_map(options.format_item, items)
end

local function go_through_it()
  dofile(vim.env.CONFIG)

  vim.cmd("edit test_prices.py")
  wait("diagnostics", function() return #vim.diagnostic.get(0) > 0 and vim.diagnostic.get(0)[1].col > 0 end)
  seen.diagnostics = lines_of_diagnostics()
  wait("lenses", function() return #vim.lsp.codelens.get(0) > 0 end)
  seen.lenses = titles_of_lenses()

  vim.api.nvim_win_set_cursor(0, { 4, 5 })
  vim.lsp.buf.hover()
  wait("a hover", floating_text)
  seen.hover = floating_text()

  vim.api.nvim_win_set_cursor(0, { 6, 5 })
  vim.lsp.buf.code_action()
  wait("code actions", function() return seen.actions end)

  -- The lens runs the test, which fails again.
  vim.api.nvim_win_set_cursor(0, { 4, 5 })
  vim.lsp.codelens.run()
  wait("the end of the lens's run", function() return #seen.messages == 1 end)
  wait("newer lenses", function() return titles_of_lenses()[1] ~= seen.lenses[1] end)
  seen.lenses_after_run = titles_of_lenses()

  vim.cmd("edit prices.py")
  vim.api.nvim_buf_set_lines(0, 1, 2, false, { "    return sum(items)" })
  vim.cmd("write")
  vim.cmd("edit test_prices.py")
  vim.cmd("PytestRecall")
  wait("the end of the rerun", function() return #seen.messages == 2 end)
  wait("no diagnostics", function() return #vim.diagnostic.get(0) == 0 end)
  wait("no lenses", function() return #vim.lsp.codelens.get(0) == 0 end)
end

local done, problem = xpcall(go_through_it, debug.traceback)
seen.problem = not done and problem or nil
vim.fn.writefile({ vim.json.encode(seen) }, vim.env.SEEN)
vim.cmd("qall!")
