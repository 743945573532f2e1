# What is installed beside the libraries, and the CMake package by which projects of others find them:
#     find_package(figurant REQUIRED)                        figurant::base, figurant::pipeline
#     find_package(figurant REQUIRED COMPONENTS figures)     and figurant::figures, with OpenCV
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/figurant)

if(TARGET figurant_pipeline)
  install(EXPORT figurantFrameworkTargets NAMESPACE figurant:: DESTINATION ${package_folder})
  if(TARGET figurant_figures)
    install(EXPORT figurantFiguresTargets NAMESPACE figurant:: DESTINATION ${package_folder})
    install(FILES stages/payloads.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/figurant/stages)
  endif()
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/figurantConfigVersion.cmake COMPATIBILITY ExactVersion)
  install(FILES scripts/cmake/figurantConfig.cmake ${PROJECT_BINARY_DIR}/figurantConfigVersion.cmake
          DESTINATION ${package_folder})
endif()

if(TARGET figurant)
  set_target_properties(figurant PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS figurant)
  install(DIRECTORY graphs configs DESTINATION ${CMAKE_INSTALL_DATADIR}/figurant FILES_MATCHING PATTERN *.toml)
endif()

# The examples, built with what is installed.
if(TARGET figurant)
  add_test(NAME package/hello_stage COMMAND ${PROJECT_SOURCE_DIR}/tests/package/examples.sh
           ${PROJECT_BINARY_DIR} ${CMAKE_CXX_COMPILER} "${CMAKE_CXX_FLAGS}" hello_stage)
  if(TARGET figurant_stages)
    add_test(NAME package/installed_program
             COMMAND ${PROJECT_SOURCE_DIR}/tests/package/installed_program.sh ${PROJECT_BINARY_DIR})
    add_test(NAME package/dark_figures COMMAND ${PROJECT_SOURCE_DIR}/tests/package/examples.sh
             ${PROJECT_BINARY_DIR} ${CMAKE_CXX_COMPILER} "${CMAKE_CXX_FLAGS}" dark_figures)
  endif()
endif()
